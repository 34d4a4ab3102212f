// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/lawful"
)

// caseFile is one case, read.
type caseFile struct {
	t       *testing.T
	rules   *lawful.Rules
	zone    *time.Location
	persons map[string][]lawful.Recorded // by what the file calls them; one without a name is ""
	erased  map[string]bool
}

// readCase reads the declarations and the facts of a case.
func readCase(t *testing.T, archive *txtar.Archive) *caseFile {
	t.Helper()
	c := &caseFile{t: t, persons: map[string][]lawful.Recorded{}, erased: map[string]bool{}}
	c.rules = declared(t, archive)
	c.zone = c.rules.Organisation.Zone()
	for _, line := range lines(section(archive, "facts")) {
		c.readFact(line)
	}
	for name := range c.persons {
		c.persons[name] = history(c.persons[name]...)
	}
	return c
}

func section(archive *txtar.Archive, name string) []byte {
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// declared gives the rules of a case: those of its declared.yaml, and of
// declared-DAY.yaml applied on that day, as the register reads and keeps them.
// What says no day holds since the year 2000.
func declared(t *testing.T, archive *txtar.Archive) *lawful.Rules {
	t.Helper()
	files := slices.DeleteFunc(slices.Clone(archive.Files), func(f txtar.File) bool {
		return !strings.HasPrefix(f.Name, "declared") || !strings.HasSuffix(f.Name, ".yaml")
	})
	if len(files) == 0 {
		t.Fatal("the case declares nothing")
	}
	now := clock.NewManual(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
	store, err := db.Open(t.Context(), db.Options{Dir: t.TempDir(), Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys"), now.Now())
	if err != nil {
		t.Fatal(err)
	}
	l := ledger.New(store, keys, seal.NewSecrets(keys), now)
	service := register.New(store, l, l.Create)
	var organisation string
	for _, f := range files {
		doc, err := register.Parse(f.Data, f.Name)
		if err != nil {
			t.Fatalf("%v: %+v", err, err)
		}
		organisation = doc.Organisation.ID
		if on, dated := strings.CutPrefix(strings.TrimSuffix(f.Name, ".yaml"), "declared-"); dated {
			now.Set(local(t, on, time.UTC))
		}
		if _, err := service.Apply(t.Context(), "operator", "", doc, false); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	var rules lawful.Rules // a copy: the case adds its balancing tests
	err = store.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		kept, err := service.Rules(ctx, tx, organisation)
		if err == nil {
			rules = *kept
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rules.Balancing = maps.Clone(rules.Balancing)
	if rules.Balancing == nil {
		rules.Balancing = map[string][]lawful.Balancing{}
	}
	return &rules
}

func local(t *testing.T, s string, zone *time.Location) time.Time {
	t.Helper()
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if at, err := time.ParseInLocation(layout, s, zone); err == nil {
			return at
		}
	}
	t.Fatalf("not a day: %s", s)
	return time.Time{}
}

// readFact reads "2026-03-01 given newsletter email of=email:anna@example.com through=form".
func (c *caseFile) readFact(line string) {
	c.t.Helper()
	words := strings.Fields(line)
	if len(words) < 2 {
		c.t.Fatalf("not a fact: %s", line)
	}
	f := lawful.Recorded{Chain: "s1"}
	f.Kind, f.Happened, f.Actor = words[1], local(c.t, words[0], c.zone), lawful.ActorPerson
	f.Recorded = f.Happened
	words = words[2:]
	switch f.Kind {
	case lawful.Given, lawful.Refused, lawful.Withdrawn, lawful.Objected, lawful.Confirmed:
		f.Choice = &lawful.Choice{Choice: f.Kind, Purpose: strings.Trim(words[0], "*"), Channel: strings.Trim(words[1], "*")}
		if f.Kind == lawful.Given {
			f.Choice.Evidence = &lawful.Evidence{Method: "checkbox", Default: "unticked"}
		}
		f.Kind, words = lawful.KindChoice, words[2:]
	}
	who := ""
	for _, word := range words {
		name, value, valued := strings.Cut(word, "=")
		switch {
		case name == "who":
			who = value
		case !valued && setMark(&f, name), f.Choice != nil && setChoice(&f, name, value), c.setFact(&f, name, value):
		default:
			c.t.Fatalf("what is %s in %q?", word, line)
		}
	}
	switch {
	case f.Kind == "erased":
		c.erased[who] = true
	case f.Kind == lawful.KindBalancingTest:
		c.rules.Balancing[f.Purpose] = append(c.rules.Balancing[f.Purpose],
			lawful.Balancing{Happened: f.Happened, Recorded: f.Recorded, Outcome: f.Outcome, Entry: "balancing"})
	case !slices.Contains(factKinds(), f.Kind):
		c.t.Fatalf("there is no fact of kind %s", f.Kind)
	default:
		c.persons[who] = append(c.persons[who], f)
	}
}

func factKinds() []string {
	return []string{
		lawful.KindChoice, lawful.KindSale, lawful.KindRelationOpened, lawful.KindRelationClosed, lawful.KindActivity,
		lawful.KindBirthDate, lawful.KindDeclaredAge, lawful.KindResidence, lawful.KindParentalConsent, lawful.KindDeceased,
		lawful.KindRegisterChecked, lawful.KindRegisterListed, lawful.KindRestriction, lawful.KindRestrictionLift,
		lawful.KindSignal, lawful.KindUndeliverable, lawful.KindDeliverable, lawful.KindContacted, lawful.KindBlocked,
		lawful.KindIdentified, lawful.KindLinked,
	}
}

// setMark sets what a bare word says.
func setMark(f *lawful.Recorded, name string) bool {
	switch {
	case name == "undated":
		f.Undated = true
	case name == "address_given":
		f.AddressGiven = true
	case name == "informed":
		f.Informed = true
	case name == "refusal_offered":
		f.RefusalOffered = true
	case name == "easy_revocation":
		f.EasyRevocation = true
	case f.Choice == nil:
		return false
	case name == "unproven":
		f.Choice.Unproven = true
	case name == "ticked":
		f.Choice.Evidence.Default = "ticked"
	case name == "dated":
		f.Choice.Evidence.Dated = true
	default:
		return false
	}
	return true
}

// setChoice sets what only a choice has.
func setChoice(f *lawful.Recorded, name, value string) bool {
	e := f.Choice.Evidence
	switch {
	case name == "on": // the notice shown: on=signup/3
		id, version, _ := strings.Cut(value, "/")
		n, err := strconv.Atoi(version)
		f.Choice.Notice = &lawful.NoticeRef{ID: id, Version: n}
		return err == nil
	case name == "data": // the kind of data it is about alone
		f.Choice.Data = value
	case e == nil:
		return false
	case name == "method":
		e.Method = strings.Trim(value, "-") // method=- : none is known
	case name == "ip":
		e.IP = value
	case name == "naming":
		e.Named = append(e.Named, strings.ReplaceAll(value, "_", " "))
	case name == "covering":
		e.Covers = strings.Split(value, ",")
	case name == "passed": // from one hand to the next: passed=Broker>Buyer
		from, to, _ := strings.Cut(value, ">")
		e.Passages = append(e.Passages, lawful.Passage{From: from, To: to, At: f.Happened})
	default:
		return false
	}
	return true
}

// setFact sets what any fact has, and the fields of its kind.
func (c *caseFile) setFact(f *lawful.Recorded, name, value string) bool {
	field := map[string]*string{
		"through": &f.Source, "by": &f.Actor, "channel": &f.Channel, "system": &f.System, "chain": &f.Chain, "purpose": &f.Purpose,
		"act": &f.Act, "date": &f.Date, "country": &f.Country, "register": &f.Register, "signal": &f.Signal, "outcome": &f.Outcome,
		"other": &f.Other,
	}[name]
	switch {
	case field != nil:
		*field = value
	case name == "of":
		f.Identifiers = append(f.Identifiers, readIdentifier(value))
	case name == "recorded":
		f.Recorded = local(c.t, value, c.zone)
	case name == "age":
		n, err := strconv.Atoi(value)
		f.Age = n
		return err == nil
	case name == "products":
		f.Products = strings.Split(value, ",")
	case name == "similar_to":
		f.SimilarTo = strings.Split(value, ",")
	default:
		return false
	}
	return true
}

func readIdentifier(s string) lawful.Identifier {
	kind, value, _ := strings.Cut(s, ":")
	source, ours, found := strings.Cut(value, "/")
	if kind == lawful.IDSource && found {
		return lawful.Identifier{Kind: kind, Value: ours, Source: source}
	}
	return lawful.Identifier{Kind: kind, Value: value}
}

// ask reads "newsletter email of=email:anna@example.com at=2026-05-01 known=2026-05-02 in=it"
// and decides. data=purchases, data=purchases@18_months or data=purchases@2025-05-01 says how far back the data goes.
func (c *caseFile) ask(line string) lawful.Decision {
	c.t.Helper()
	words := strings.Fields(line)
	q := lawful.Question{Purpose: words[0], Channel: words[1], Language: "en", Explain: true}
	who, data := "", []string(nil)
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "who":
			who = value
		case "of":
			q.Identifier = append(q.Identifier, readIdentifier(value))
		case "at":
			q.At = local(c.t, value, c.zone)
		case "known":
			q.KnownAt = local(c.t, value, c.zone)
		case "in":
			q.Language = value
		case "content":
			q.Content = value
		case "operation":
			q.Operation = value
		case "recipient":
			q.Recipient = value
		case "data":
			data = append(data, value)
		default:
			c.t.Fatalf("what is %s in %q?", word, line)
		}
	}
	for _, used := range data {
		q.Data = append(q.Data, c.used(used, q.At))
	}
	return lawful.Decide(c.rules, lawful.Person{
		Known: !c.erased[who] && len(c.persons[who]) > 0, Erased: c.erased[who], History: c.persons[who],
	}, q)
}

func (c *caseFile) used(value string, at time.Time) lawful.Used {
	c.t.Helper()
	name, reach, _ := strings.Cut(value, "@")
	u := lawful.Used{Name: name}
	if reach == "" {
		return u
	}
	var n int
	var unit string
	since := time.Time{}
	if _, err := fmt.Sscanf(strings.ReplaceAll(reach, "_", " "), "%d %s", &n, &unit); err == nil {
		since = lawful.Period{Number: n, Unit: unit}.Back(at, c.zone)
	} else {
		since = local(c.t, reach, c.zone)
	}
	u.Since = &since
	return u
}
