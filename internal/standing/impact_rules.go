// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/lawful"
)

// touched lists the purposes on channels about which two sets of rules can
// answer differently, of those that either declares, and counts the others.
// What it can't tell apart it lists: a source, a notice or the organisation
// bears on every use, and so does a rule of law that is not about one channel.
func touched(before, after *lawful.Rules, at time.Time) (uses []Use, same int) {
	all := before.Organisation.ID != after.Organisation.ID || before.Organisation.Name != after.Organisation.Name ||
		before.Organisation.Country != after.Organisation.Country || before.Organisation.TimeZone != after.Organisation.TimeZone ||
		differ(plainSources(before), plainSources(after)) || differ(before.Notices, after.Notices) ||
		differ(kindsAt(before, at), kindsAt(after, at))
	channels, every := lawTouched(before.Law, after.Law)
	all = all || every
	for _, use := range usesOf(before, after, at) {
		if all || channels[use.Channel] || differ(plainPurposes(before.Purposes[use.Purpose]), plainPurposes(after.Purposes[use.Purpose])) {
			uses = append(uses, use)
		} else {
			same++
		}
	}
	return uses, same
}

// usesOf lists what either declares at the instant, marketing first, the uses of
// a purpose side by side.
func usesOf(before, after *lawful.Rules, at time.Time) []Use {
	var out []Use
	add := func(p lawful.Purpose) {
		for _, channel := range p.Channels {
			if use := (Use{Purpose: p.ID, Channel: channel}); !slices.Contains(out, use) {
				out = append(out, use)
			}
		}
	}
	was := declared(before, at)
	for _, p := range declared(after, at) {
		add(p)
		if i := slices.IndexFunc(was, func(w lawful.Purpose) bool { return w.ID == p.ID }); i >= 0 {
			add(was[i])
		}
	}
	for _, p := range was {
		add(p)
	}
	return out
}

// differ compares by what is written of two values.
func differ(a, b any) bool { return written(a) != written(b) }

func written(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // rules always encode: a certificate carries them
		panic(err)
	}
	return string(text)
}

// plainPurposes leaves out what is only said to people.
func plainPurposes(versions []lawful.Purpose) []lawful.Purpose {
	versions = slices.Clone(versions)
	for i := range versions {
		versions[i].Title = nil
	}
	return versions
}

func plainSources(r *lawful.Rules) map[string][]lawful.Source {
	out := map[string][]lawful.Source{}
	for id, versions := range r.Sources {
		versions = slices.Clone(versions)
		for i := range versions {
			versions[i].Title = nil
		}
		out[id] = versions
	}
	return out
}

// kindsAt is what a no about one purpose can mean for another: whether that is
// marketing, and whether it is profiling. One that is marketing alone counts as
// one that nobody declared, which is left out.
func kindsAt(r *lawful.Rules, at time.Time) map[string][2]bool {
	out := map[string][2]bool{}
	for id := range r.Purposes {
		if p := r.PurposeAt(id, at); p != nil && (!p.Marketing || p.Profiling) {
			out[id] = [2]bool{p.Marketing, p.Profiling}
		}
	}
	return out
}

// lawTouched finds the channels about which the law differs, or that it differs
// about every one.
func lawTouched(before, after map[string]lawful.Pack) (channels map[string]bool, every bool) {
	channels = map[string]bool{}
	for id := range union(before, after) {
		a, was := before[id]
		b, is := after[id]
		if was != is {
			return nil, true
		}
		for topic := range union(a.Rules, b.Rules) {
			if !differ(plainLaw(a.Rules[topic]), plainLaw(b.Rules[topic])) {
				continue
			}
			channel := channelOf(topic)
			if channel == "" {
				return nil, true
			}
			channels[channel] = true
		}
	}
	return channels, false
}

// channelOf is the one channel that a topic is about, or empty.
func channelOf(topic string) string {
	for _, prefix := range []string{lawful.TopicBases, lawful.TopicRegister} {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(topic, lawful.TopicBusiness), prefix)
		if ok && slices.Contains(lawful.Channels(), rest) {
			return rest
		}
	}
	return ""
}

func plainLaw(versions []lawful.Law) []lawful.Law {
	versions = slices.Clone(versions)
	for i := range versions {
		versions[i].Text, versions[i].Override = nil, nil
	}
	return versions
}

func union[V any](a, b map[string]V) map[string]V {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]V{}
	}
	maps.Copy(out, b)
	return out
}
