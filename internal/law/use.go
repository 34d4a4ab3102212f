// SPDX-License-Identifier: Apache-2.0

package law

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Override is an organisation's written decision to hold another value.
type Override struct {
	Rule      string // key: it.retention.marketing
	Value     string
	Reason    string
	DecidedBy string
}

// Use gives the packs in use as decisions read them: those that are on, those
// switched on, each flattened over its bases, with the organisation's overrides
// written in. A day begins at midnight in the zone.
func Use(zone *time.Location, on []string, overrides []Override) (map[string]lawful.Pack, error) {
	packs := Packs()
	using := map[string]bool{}
	for id, p := range packs {
		using[id] = p.On
	}
	for i, id := range on {
		p, err := Find(id)
		if err != nil {
			return nil, at(err, fmt.Sprintf("packs[%d].id", i))
		}
		using[p.ID] = true
	}
	u := user{zone: zone, written: map[string]written{}, own: map[string]map[string][]lawful.Law{}}
	for i, o := range overrides {
		if err := u.override(o, using); err != nil {
			return nil, at(err, fmt.Sprintf("overrides[%d]", i))
		}
	}
	out := map[string]lawful.Pack{}
	for _, id := range slices.Sorted(maps.Keys(using)) {
		if !using[id] {
			continue
		}
		pack := lawful.Pack{Base: packs[id].Base, Version: packs[id].Checked, Rules: map[string][]lawful.Law{}}
		for p := packs[id]; p != nil; p = packs[p.Base] {
			rules, err := u.rules(p)
			if err != nil {
				return nil, err
			}
			for topic, versions := range rules {
				pack.Rules[topic] = append(pack.Rules[topic][:len(pack.Rules[topic]):len(pack.Rules[topic])], versions...)
			}
		}
		out[id] = pack
	}
	return out, nil
}

// at adds a place to a problem.
func at(err error, field string) error {
	if p := problem.As(err); p != nil {
		return p.At(problem.Place{Field: field, Detail: "here"})
	}
	return fmt.Errorf("%s: %w", field, err)
}

// written is an override with its value read.
type written struct {
	Override
	value Value
}

// user turns packs into what decisions read, each once.
type user struct {
	zone    *time.Location
	written map[string]written // by key
	own     map[string]map[string][]lawful.Law
}

// override reads one override.
func (u *user) override(o Override, using map[string]bool) error {
	p, r, err := overridable(o.Rule)
	if err != nil {
		return err
	}
	key := p.Key(r)
	v, err := ParseValue(key, o.Value)
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(o.Reason) == "" || strings.TrimSpace(o.DecidedBy) == "":
		return problem.Newf(problem.Invalid, "override_without_reason", "to hold another value of %s takes a reason and who decided it", key)
	case u.written[key].Rule != "":
		return problem.Newf(problem.Invalid, "override_twice", "%s is overridden twice", key)
	case !using[p.ID] && !underlies(using, p.ID):
		return problem.Newf(problem.Invalid, "pack_not_in_use", "%s is of a pack that is not in use: switch %s on under packs first", key, p.ID)
	}
	u.written[key] = written{o, v}
	return nil
}

// underlies tells whether a pack in use has this one among its bases.
func underlies(using map[string]bool, id string) bool {
	packs := Packs()
	for used, yes := range using {
		for p := packs[used]; yes && p != nil; p = packs[p.Base] {
			if p.ID == id {
				return true
			}
		}
	}
	return false
}

// Known tells whether a key is that of a rule with a value, which an
// organisation may override.
func Known(key string) bool {
	_, _, err := overridable(key)
	return err == nil
}

// overridable finds the rule of a key, and says what is wrong where there is none to override.
func overridable(key string) (*Pack, *Rule, error) {
	p, topic, ok := splitKey(key)
	if !ok {
		return nil, nil, problem.New(problem.Invalid, "unknown_rule",
			"this is no rule of law; a rule is named by its pack and topic, as it.retention.marketing (lecito law lists them)")
	}
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Topic == topic && !r.Pending })
	if i < 0 {
		detail := fmt.Sprintf("the pack %s has no rule of this name", p.ID)
		for b := Packs()[p.Base]; b != nil; b = Packs()[b.Base] {
			if j := slices.IndexFunc(b.Rules, func(r Rule) bool { return r.Topic == topic && !r.Pending && !r.Decision }); j >= 0 {
				detail += ": it has that from its base, as " + b.Key(&b.Rules[j])
				break
			}
		}
		return nil, nil, problem.New(problem.Invalid, "unknown_rule", detail+" (lecito law "+p.ID+" lists them)")
	}
	if p.Rules[i].Decision {
		return nil, nil, problem.Newf(problem.Invalid, "rule_of_decision",
			"%s is a rule of how decisions are made: only a value can be overridden", p.Key(&p.Rules[i]))
	}
	return p, &p.Rules[i], nil
}

// rules are the versions of a pack's own rules in force at some time, by topic.
func (u *user) rules(p *Pack) (map[string][]lawful.Law, error) {
	if done, ok := u.own[p.ID]; ok {
		return done, nil
	}
	out := map[string][]lawful.Law{}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Pending {
			continue
		}
		l := lawful.Law{
			Key: p.Key(r), Words: r.Value.Words, Number: r.Value.Number, Unit: r.Value.Unit,
			Text: r.Text, Source: r.Source, Assurance: r.Assurance,
		}
		var err error
		if l.From, err = u.instant(r.From); err != nil {
			return nil, err
		}
		if l.To, err = u.instant(r.To); err != nil {
			return nil, err
		}
		if o, ok := u.written[l.Key]; ok {
			l.Override = &lawful.Override{Was: r.Value.String(), Reason: o.Reason, DecidedBy: o.DecidedBy}
			l.Words, l.Number, l.Unit = o.value.Words, o.value.Number, o.value.Unit
		}
		out[r.Topic] = append(out[r.Topic], l)
	}
	u.own[p.ID] = out
	return out, nil
}

func (u *user) instant(day string) (*time.Time, error) {
	if day == "" {
		return nil, nil //nolint:nilnil // no day is no limit
	}
	t, err := midnight(day, u.zone)
	if err != nil {
		return nil, fmt.Errorf("read the day of a rule: %w", err)
	}
	return &t, nil
}
