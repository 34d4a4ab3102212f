// SPDX-License-Identifier: Apache-2.0

package lawful

// For returns the part of the rules that bears on a question and a history:
// Decide gives the same decision on it. It is what a certificate carries. Its
// JSON is deterministic: lists keep their order and encoding/json sorts maps.
func (r *Rules) For(q Question, history []Recorded) *Rules {
	part := &Rules{Organisation: r.Organisation}
	part.purpose(r, q.Purpose, q)
	if recipient, ok := r.Recipients[q.Recipient]; ok && q.Recipient != "" {
		part.Recipients = map[string]Recipient{q.Recipient: recipient}
	}
	for i := range history {
		f := &history[i]
		part.source(r, f.Source)
		if f.Kind != KindChoice || f.Choice == nil {
			continue
		}
		if f.Choice.Choice == Objected {
			part.purpose(r, f.Choice.Purpose, q)
		}
		if f.Choice.Notice != nil {
			part.notice(r, f.Choice.Notice.ID)
		}
	}
	return part
}

// purpose copies the version in force, the only one a decision reads.
func (r *Rules) purpose(all *Rules, id string, q Question) {
	p := all.purposeAt(id, q.At)
	if p == nil {
		return
	}
	if r.Purposes == nil {
		r.Purposes = map[string][]Purpose{}
	}
	r.Purposes[id] = []Purpose{*p}
}

// source copies every version: an act is graded by the one of its own day.
func (r *Rules) source(all *Rules, id string) {
	versions, ok := all.Sources[id]
	if !ok {
		return
	}
	if r.Sources == nil {
		r.Sources = map[string][]Source{}
	}
	r.Sources[id] = versions
	for _, v := range versions {
		r.notice(all, v.Notice)
	}
}

// notice copies every version: later ones may ask for the consent again.
func (r *Rules) notice(all *Rules, id string) {
	versions, ok := all.Notices[id]
	if !ok {
		return
	}
	if r.Notices == nil {
		r.Notices = map[string][]Notice{}
	}
	r.Notices[id] = versions
}
