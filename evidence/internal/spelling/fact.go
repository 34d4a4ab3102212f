// SPDX-License-Identifier: Apache-2.0

package spelling

import "github.com/lecito/lecito/lawful"

// The fields stand in the order of the types in lawful; one that is added there
// and not here is odd wherever it is used, and a test of package evidence says so.

// parts is room for what hangs on most facts, made at once.
type parts struct {
	identifier [1]lawful.Identifier
	choice     lawful.Choice
	notice     lawful.NoticeRef
	evidence   lawful.Evidence
	provenance lawful.Provenance
}

// Fact takes a fact.
func (r *Reader) Fact(f *lawful.Fact) {
	room := &parts{}
	r.Open()
	r.Key(`"kind":`)
	f.Kind = r.Text()
	r.Key(`"happened":`)
	f.Happened = r.when()
	f.Undated = r.Has(`"undated":`) && r.yes()
	r.Key(`"actor":`)
	f.Actor = r.Text()
	r.may(`"source":`, &f.Source)
	if r.Has(`"identifiers":`) {
		f.Identifiers = room.identifier[:0]
		r.each(func() { f.Identifiers = append(f.Identifiers, r.identifier()) })
	}
	if r.Has(`"choice":`) {
		f.Choice = r.choice(room)
	}
	r.may(`"channel":`, &f.Channel)
	r.may(`"purpose":`, &f.Purpose)
	r.may(`"system":`, &f.System)
	r.may(`"act":`, &f.Act)
	r.may(`"date":`, &f.Date)
	if r.Has(`"age":`) {
		f.Age = r.someInt()
	}
	r.may(`"country":`, &f.Country)
	r.may(`"register":`, &f.Register)
	r.may(`"signal":`, &f.Signal)
	r.may(`"outcome":`, &f.Outcome)
	r.mayAll(`"products":`, &f.Products)
	r.mayAll(`"similar_to":`, &f.SimilarTo)
	f.AddressGiven = r.Has(`"address_given":`) && r.yes()
	f.Informed = r.Has(`"informed":`) && r.yes()
	f.RefusalOffered = r.Has(`"refusal_offered":`) && r.yes()
	f.EasyRevocation = r.Has(`"easy_revocation":`) && r.yes()
	r.may(`"other":`, &f.Other)
	r.mayAll(`"topics":`, &f.Topics)
	r.may(`"rhythm":`, &f.Rhythm)
	if r.Has(`"message":`) {
		f.Message = r.message()
	}
	if r.Has(`"provenance":`) {
		f.Provenance = r.provenance(&room.provenance)
	}
	r.Shut()
}

// may takes a text that can be left out, mayAll a list of them.
func (r *Reader) may(key string, to *string) {
	if r.Has(key) {
		*to = r.some()
	}
}

func (r *Reader) mayAll(key string, to *[]string) {
	if r.Has(key) {
		*to = r.list()
	}
}

func (r *Reader) identifier() (id lawful.Identifier) {
	r.Open()
	r.Key(`"kind":`)
	id.Kind = r.Text()
	r.Key(`"value":`)
	id.Value = r.Text()
	r.may(`"source":`, &id.Source)
	r.Shut()
	return id
}

func (r *Reader) choice(room *parts) *lawful.Choice {
	c := &room.choice
	r.Open()
	r.may(`"purpose":`, &c.Purpose)
	r.may(`"channel":`, &c.Channel)
	r.Key(`"choice":`)
	c.Choice = r.Text()
	if r.Has(`"notice":`) {
		c.Notice = r.notice(&room.notice)
	}
	if r.Has(`"evidence":`) {
		c.Evidence = r.evidence(&room.evidence)
	}
	c.Unproven = r.Has(`"unproven":`) && r.yes()
	r.may(`"data":`, &c.Data)
	if r.Has(`"confirms":`) {
		c.Confirms = int64(r.someInt())
	}
	r.Shut()
	return c
}

func (r *Reader) message() *lawful.Message {
	m := &lawful.Message{}
	r.Open()
	r.Key(`"id":`)
	m.ID = r.Text()
	r.Key(`"digest":`)
	m.Digest = r.Text()
	r.Key(`"language":`)
	m.Language = r.Text()
	r.Key(`"subject":`)
	m.Subject = r.Text()
	r.Key(`"text":`)
	m.Text = r.Text()
	if r.Has(`"asks":`) {
		r.each(func() { m.Asks = append(m.Asks, int64(r.Int())) })
	}
	r.Shut()
	return m
}

func (r *Reader) notice(n *lawful.NoticeRef) *lawful.NoticeRef {
	r.Open()
	r.Key(`"id":`)
	n.ID = r.Text()
	r.Key(`"version":`)
	n.Version = r.Int()
	r.may(`"language":`, &n.Language)
	r.Shut()
	return n
}

func (r *Reader) evidence(e *lawful.Evidence) *lawful.Evidence {
	r.Open()
	r.Key(`"method":`)
	e.Method = r.Text()
	r.may(`"default":`, &e.Default)
	r.may(`"text":`, &e.Text)
	r.may(`"url":`, &e.URL)
	r.may(`"ip":`, &e.IP)
	r.may(`"user_agent":`, &e.UserAgent)
	r.mayAll(`"covers":`, &e.Covers)
	r.mayAll(`"named":`, &e.Named)
	if r.Has(`"passages":`) {
		r.each(func() { e.Passages = append(e.Passages, r.passage()) })
	}
	r.may(`"message":`, &e.Message)
	e.Dated = r.Has(`"dated":`) && r.yes()
	r.Shut()
	return e
}

func (r *Reader) passage() (p lawful.Passage) {
	r.Open()
	r.Key(`"from":`)
	p.From = r.Text()
	r.Key(`"to":`)
	p.To = r.Text()
	r.Key(`"at":`)
	p.At = r.when()
	r.may(`"text":`, &p.Text)
	r.Shut()
	return p
}

func (r *Reader) provenance(p *lawful.Provenance) *lawful.Provenance {
	r.Open()
	r.Key(`"import":`)
	p.Import = r.Text()
	r.Key(`"row":`)
	p.Row = r.Int()
	r.Shut()
	return p
}
