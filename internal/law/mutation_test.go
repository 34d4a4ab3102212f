// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

// calendars are read once: these tests only read them.
func calendars(t *testing.T) law.Calendars {
	t.Helper()
	all, err := readCalendars()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var readCalendars = sync.OnceValues(law.ReadCalendars)

// subject is what is asked about a rule's topic: the topic itself, or for
// requests the answers to every right, because one rule bears on many.
func subject(topic string) string {
	if strings.HasPrefix(topic, "response.") || topic == "complaint.acknowledge" {
		return "response"
	}
	return topic
}

// duesRead tells whether dates are counted from a topic.
func duesRead(topic string) bool {
	switch topic {
	case "response", "response.extension", "response.acknowledge", "response.pause", "complaint.acknowledge",
		law.TopicBreachAuthority, law.TopicBreachPeople, law.TopicNoticeObtained:
		return true
	}
	right, found := strings.CutPrefix(topic, "response.")
	return found && slices.Contains(law.Rights(), right)
}

// decisionsRead tells whether decisions ask for a topic.
func decisionsRead(t *testing.T, topic string) bool {
	t.Helper()
	for _, known := range names(t).topics {
		if known == topic || strings.HasSuffix(known, ".") && strings.HasPrefix(topic, known) {
			return true
		}
	}
	return false
}

// names are the constants of lawful, read once.
type named struct{ topics, rules map[string]string }

var namesRead named

func names(t *testing.T) named {
	t.Helper()
	if namesRead.rules == nil {
		namesRead = named{constants(t, "Topic"), constants(t, "Rule")}
	}
	return namesRead
}

// ofDecision tells whether a topic is a rule of how decisions are made.
func ofDecision(t *testing.T, topic string) bool {
	t.Helper()
	return slices.Contains(slices.Collect(maps.Values(names(t).rules)), topic)
}

// place is a jurisdiction in which a pack's rules are read: itself, or one that has them from it.
func place(pack, topic string) string {
	if pack == "EU" && duesRead(topic) {
		return "AT"
	}
	return pack
}

// probe is one line of testdata/behaviour.txt: what the program does about a
// subject on a day under the rules of a pack, as a person has read it.
type probe struct{ pack, subject, day, want string }

func (p probe) String() string {
	return fmt.Sprintf("%s %s on %s: %s", strings.ToLower(p.pack), p.subject, p.day, p.want)
}

const behaviour = "testdata/behaviour.txt"

func readProbes(t *testing.T) []probe {
	t.Helper()
	text, err := os.ReadFile(behaviour)
	if err != nil {
		t.Fatal(err)
	}
	var all []probe
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		head, want, _ := strings.Cut(line, ": ")
		words := strings.Fields(head) // it bases.phone on 2026-08-11
		p, err := law.Find(words[0])
		if err != nil || len(words) != 4 {
			t.Fatalf("%s: not a probe: %s", behaviour, line)
		}
		all = append(all, probe{p.ID, words[1], words[3], want})
	}
	return all
}

// world is the law in use, flattened once for each time zone.
type world struct {
	t     *testing.T
	packs map[string]map[string]lawful.Pack
}

func (w *world) law(zone *time.Location) map[string]lawful.Pack {
	if w.packs[zone.String()] == nil {
		var off []string
		for id, p := range law.Packs() {
			if !p.On {
				off = append(off, id)
			}
		}
		packs, err := law.Use(zone, off, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		w.packs[zone.String()] = packs
	}
	return w.packs[zone.String()]
}

// does says what the program does.
func (w *world) does(p probe) string {
	w.t.Helper()
	in := place(p.pack, p.subject)
	if duesRead(p.subject) {
		return due(w.t, w.law(calendars(w.t)[in].Zone), in, p.subject, p.day)
	}
	zone := rome(w.t)
	at, err := time.ParseInLocation(time.DateOnly, p.day, zone)
	if err != nil {
		w.t.Fatal(err)
	}
	if ofDecision(w.t, p.subject) {
		return newProber(w.law(zone), "IT", at).told(p.subject)
	}
	return newProber(w.law(zone), in, at).read(p.subject)
}

// TestBehaviourIsAsRead holds what the program does about every rule it reads,
// before and after each day on which one changes, to what a person has read.
func TestBehaviourIsAsRead(t *testing.T) {
	w := &world{t, map[string]map[string]lawful.Pack{}}
	if *update {
		var out strings.Builder
		out.WriteString("# What the program does about each rule of each pack that decisions or dates read,\n" +
			"# found out by asking it. go test ./internal/law -run BehaviourIsAsRead -update\n")
		for _, p := range probes(t) {
			p.want = w.does(p)
			fmt.Fprintln(&out, p)
		}
		if err := os.WriteFile(behaviour, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	written := readProbes(t)
	for _, p := range written {
		if got := w.does(p); got != p.want {
			t.Errorf("%s\ngot %s", p, got)
		}
	}
	for _, p := range probes(t) {
		if !slices.ContainsFunc(written, func(o probe) bool { return o.pack == p.pack && o.subject == p.subject && o.day == p.day }) {
			t.Errorf("%s: nothing is asked about %s of %s on %s", behaviour, p.subject, p.pack, p.day)
		}
	}
}

// probes lists what is to be asked: each subject that a pack has rules on, today
// and around the days on which its versions begin and end.
func probes(t *testing.T) []probe {
	t.Helper()
	var all []probe
	for _, id := range law.IDs() {
		p := law.Packs()[id]
		days := map[string][]string{}
		for i := range p.Rules {
			r := &p.Rules[i]
			if !r.Decision && !duesRead(r.Topic) && !decisionsRead(t, r.Topic) {
				continue
			}
			about := subject(r.Topic)
			days[about] = append(days[about], "2026-11-23")
			for _, change := range []string{r.From, r.To} {
				if change != "" {
					days[about] = append(days[about], shifted(change, -1), change)
				}
			}
		}
		for about, on := range days {
			slices.Sort(on)
			for _, day := range slices.Compact(on) {
				all = append(all, probe{pack: id, subject: about, day: day})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b probe) int { return strings.Compare(a.String(), b.String()) })
	return all
}

func shifted(day string, by int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t.AddDate(0, 0, by).Format(time.DateOnly)
}

// altered is a pack with one rule changed.
type altered struct {
	what  string
	value bool // what it says or when, not how it is told
	rules []law.Rule
}

// alterations are the ways in which one rule of a pack may be wrong.
func alterations(p *law.Pack, at int) []altered {
	var all []altered
	add := func(what string, value bool, change func(*law.Rule)) {
		rules := slices.Clone(p.Rules)
		change(&rules[at])
		if at > 0 && overlap(&rules[at-1], &rules[at]) || at+1 < len(rules) && overlap(&rules[at], &rules[at+1]) {
			return // no pack may say so
		}
		all = append(all, altered{what, value, rules})
	}
	r := &p.Rules[at]
	all = append(all, altered{"removed", true, slices.Delete(slices.Clone(p.Rules), at, at+1)})
	if r.Value.Number > 0 {
		add("number + 1", true, func(r *law.Rule) { r.Value.Number++ })
		add("number - 1", true, func(r *law.Rule) { r.Value.Number-- })
	}
	if r.Value.Unit != "" {
		other := r.Value
		other.Unit = otherUnit(other.Unit)
		if _, err := law.ParseValue(p.Key(r), other.String()); err == nil {
			add("another unit", true, func(r *law.Rule) { r.Value = other })
		}
	}
	for _, word := range r.Value.Words {
		add("without "+word, true, func(r *law.Rule) {
			r.Value.Words = slices.DeleteFunc(slices.Clone(r.Value.Words), func(w string) bool { return w == word })
		})
	}
	for _, word := range addable(p.Key(r), r.Value) {
		add("with "+word, true, func(r *law.Rule) { r.Value.Words = append(slices.Clone(r.Value.Words), word) })
	}
	if r.From != "" {
		add("from a day later", true, func(r *law.Rule) { r.From = shifted(r.From, 1) })
		add("from a day earlier", true, func(r *law.Rule) { r.From = shifted(r.From, -1) })
		add("from ever", true, func(r *law.Rule) { r.From = "" })
	}
	if r.To != "" {
		add("to a day later", true, func(r *law.Rule) { r.To = shifted(r.To, 1) })
		add("to a day earlier", true, func(r *law.Rule) { r.To = shifted(r.To, -1) })
		add("for ever", true, func(r *law.Rule) { r.To = "" })
	}
	add("pending or not", true, func(r *law.Rule) { r.Pending = !r.Pending })
	add("without source", false, func(r *law.Rule) { r.Source = "" })
	add("otherwise sure", false, func(r *law.Rule) { r.Assurance = otherAssurance(r.Assurance) })
	for language := range r.Text {
		add("without text in "+language, false, func(r *law.Rule) {
			texts := map[string]string{}
			for other, text := range r.Text {
				if other != language {
					texts[other] = text
				}
			}
			r.Text = texts
		})
	}
	return all
}

// overlap tells whether two rules of one topic hold on the same day.
func overlap(first, second *law.Rule) bool {
	return first.Topic == second.Topic && !first.Pending && !second.Pending && (first.To == "" || first.To > second.From)
}

func otherUnit(unit string) string {
	if unit == lawful.UnitDays {
		return lawful.UnitWeeks
	}
	return lawful.UnitDays
}

func otherAssurance(assurance string) string {
	if assurance == lawful.AssuranceVerified {
		return lawful.AssuranceMemory
	}
	return lawful.AssuranceVerified
}

// addable are the words that a value could have and has not.
func addable(key string, v law.Value) []string {
	var words []string
	for _, word := range everyWord() {
		if slices.Contains(v.Words, word) {
			continue
		}
		with := law.Value{Words: append(slices.Clone(v.Words), word), Number: v.Number, Unit: v.Unit}
		if _, err := law.ParseValue(key, with.String()); err == nil {
			words = append(words, word)
		}
	}
	return words
}

// everyWord is every word of every pack, with those that no rule has and a topic knows.
var everyWord = sync.OnceValue(func() []string {
	words := append(lawful.Channels(), "robinson", "acquired", "import", lawful.BasisVitalInterests, lawful.BasisPublicTask)
	for _, p := range law.Packs() {
		for _, r := range p.Rules {
			words = append(words, r.Value.Words...)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
})

// TestEveryRuleIsHeld alters each rule of each pack in every way, and wants the
// probes to notice; what is told and not computed with, the written listing. In
// an ordinary run it takes a sample, with LECITO_SOAK=1 all.
func TestEveryRuleIsHeld(t *testing.T) {
	every := os.Getenv("LECITO_SOAK") != ""
	seed := uint64(time.Now().UnixNano()) // another sample every time
	random := rand.New(rand.NewPCG(seed, 0))
	written := map[string][]probe{}
	for _, p := range readProbes(t) {
		written[p.pack] = append(written[p.pack], p)
	}
	tried, listed := 0, map[string]bool{}
	for _, id := range law.IDs() {
		p := law.Packs()[id]
		golden, err := os.ReadFile(filepath.Join("testdata", strings.ToLower(id)+".golden"))
		if err != nil {
			t.Fatal(err)
		}
		rules := p.Rules
		for i := range rules {
			r := rules[i]
			for _, a := range alterations(p, i) {
				if !every && random.IntN(8) > 0 {
					continue
				}
				tried++
				p.Rules = a.rules
				noticed := a.value && slices.ContainsFunc(written[id], func(o probe) bool { return o.subject == subject(r.Topic) && probed(t, o) })
				told := listing(p) != string(golden)
				p.Rules = rules
				switch computed := duesRead(r.Topic) || decisionsRead(t, r.Topic); {
				case noticed:
				case !told:
					t.Errorf("%s %s: nothing notices", p.Key(&r), a.what)
				case computed && a.value && !r.Pending && spared(&r, a.what) == "":
					t.Errorf("%s %s: only the listing notices, and the program computes with it", p.Key(&r), a.what)
				default:
					listed[r.Topic] = true
				}
			}
		}
	}
	t.Logf("%d alterations (seed %d); only told: %s", tried, seed, strings.Join(slices.Sorted(maps.Keys(listed)), " "))
}

// probed tells whether a probe finds that the program does otherwise.
func probed(t *testing.T, p probe) bool {
	t.Helper()
	w := &world{t, map[string]map[string]lawful.Pack{}}
	return w.does(p) != p.want
}

// spared says why an alteration of what the program computes with may be held
// by the listing alone.
func spared(r *law.Rule, what string) string {
	word, added := strings.CutPrefix(what, "with ")
	if !added {
		word, _ = strings.CutPrefix(what, "without ")
	}
	earlier := what == "from ever" || what == "from a day earlier"
	switch {
	case r.Topic == lawful.TopicRegisterSpares && added:
		return "a register that no rule names is not asked anyway"
	case slices.Contains(wordsTold, word), word == "at_once" && slices.Contains(atOnceTold, r.Topic):
		return "the word is told and changes no date"
	case word == "identity_days" && added:
		return "a clock that begins anew makes days needless"
	case earlier && slices.Contains([]string{"response.extension", "response.acknowledge", lawful.TopicRegisterContract}, r.Topic):
		return "there is nothing yet to which it adds"
	}
	return ""
}

var (
	wordsTold = []string{
		"without_delay", "high_risk", "if_needed", "many_people", "every_breach", "announced", "refusal", "at_collection",
	}
	// Where the answer is at once by nature, or the word is of no right of its own.
	atOnceTold = []string{"response", "response.extension", "response.acknowledge", "response.objection", "response.withdrawal"}
)
