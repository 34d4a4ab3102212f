// SPDX-License-Identifier: Apache-2.0

package evidence

import "github.com/lecito/lecito/lawful"

// readFact reads a payload of kind fact, whole: what ParsePayload and
// decodeStrict make of it, but for the body, which is the fact. It takes those
// spelt as they are written every day, and says so; the others are for those two.
// Nothing of the text is copied.
func readFact(text string, fact *lawful.Fact) (p Payload, fine bool) {
	if len(text) > maxPayload {
		return p, false
	}
	r := reader{text: text}
	r.open()
	r.key(`"v":`)
	p.V = r.int()
	r.key(`"organisation":`)
	p.Organisation = r.str()
	r.key(`"chain":`)
	p.Chain = r.str()
	r.key(`"seq":`)
	p.Seq = r.number()
	r.key(`"prev":`)
	p.Prev = r.str()
	r.key(`"kind":`)
	p.Kind = r.str()
	r.key(`"recorded":`)
	p.Recorded = r.micros()
	r.key(`"by":`)
	p.By = r.str()
	r.key(`"body":`)
	if r.odd || p.Kind != KindFact {
		return p, false
	}
	r.fact(fact)
	r.shut()
	return p, r.end() && p.checkHead() == nil
}

// The fields stand in the order of the types in lawful; one that is added there
// and not here is odd wherever it is used, and a test says so.

func (r *reader) fact(f *lawful.Fact) {
	r.open()
	r.key(`"kind":`)
	f.Kind = r.str()
	r.key(`"happened":`)
	f.Happened = r.when()
	f.Undated = r.has(`"undated":`) && r.yes()
	r.key(`"actor":`)
	f.Actor = r.str()
	r.may(`"source":`, &f.Source)
	if r.has(`"identifiers":`) {
		r.each(func() { f.Identifiers = append(f.Identifiers, r.identifier()) })
	}
	if r.has(`"choice":`) {
		f.Choice = r.choice()
	}
	r.may(`"channel":`, &f.Channel)
	r.may(`"purpose":`, &f.Purpose)
	r.may(`"system":`, &f.System)
	r.may(`"act":`, &f.Act)
	r.may(`"date":`, &f.Date)
	if r.has(`"age":`) {
		f.Age = r.someInt()
	}
	r.may(`"country":`, &f.Country)
	r.may(`"register":`, &f.Register)
	r.may(`"signal":`, &f.Signal)
	r.may(`"outcome":`, &f.Outcome)
	r.mayAll(`"products":`, &f.Products)
	r.mayAll(`"similar_to":`, &f.SimilarTo)
	f.AddressGiven = r.has(`"address_given":`) && r.yes()
	f.Informed = r.has(`"informed":`) && r.yes()
	f.RefusalOffered = r.has(`"refusal_offered":`) && r.yes()
	f.EasyRevocation = r.has(`"easy_revocation":`) && r.yes()
	r.may(`"other":`, &f.Other)
	if r.has(`"provenance":`) {
		f.Provenance = r.provenance()
	}
	r.shut()
}

// may takes a text that can be left out, mayAll a list of them.
func (r *reader) may(key string, to *string) {
	if r.has(key) {
		*to = r.some()
	}
}

func (r *reader) mayAll(key string, to *[]string) {
	if r.has(key) {
		*to = r.list()
	}
}

func (r *reader) identifier() (id lawful.Identifier) {
	r.open()
	r.key(`"kind":`)
	id.Kind = r.str()
	r.key(`"value":`)
	id.Value = r.str()
	r.may(`"source":`, &id.Source)
	r.shut()
	return id
}

func (r *reader) choice() *lawful.Choice {
	c := &lawful.Choice{}
	r.open()
	r.may(`"purpose":`, &c.Purpose)
	r.may(`"channel":`, &c.Channel)
	r.key(`"choice":`)
	c.Choice = r.str()
	if r.has(`"notice":`) {
		c.Notice = r.notice()
	}
	if r.has(`"evidence":`) {
		c.Evidence = r.evidence()
	}
	c.Unproven = r.has(`"unproven":`) && r.yes()
	r.shut()
	return c
}

func (r *reader) notice() *lawful.NoticeRef {
	n := &lawful.NoticeRef{}
	r.open()
	r.key(`"id":`)
	n.ID = r.str()
	r.key(`"version":`)
	n.Version = r.int()
	r.may(`"language":`, &n.Language)
	r.shut()
	return n
}

func (r *reader) evidence() *lawful.Evidence {
	e := &lawful.Evidence{}
	r.open()
	r.key(`"method":`)
	e.Method = r.str()
	r.may(`"default":`, &e.Default)
	r.may(`"text":`, &e.Text)
	r.may(`"url":`, &e.URL)
	r.may(`"ip":`, &e.IP)
	r.may(`"user_agent":`, &e.UserAgent)
	r.mayAll(`"covers":`, &e.Covers)
	r.mayAll(`"named":`, &e.Named)
	if r.has(`"passages":`) {
		r.each(func() { e.Passages = append(e.Passages, r.passage()) })
	}
	e.Dated = r.has(`"dated":`) && r.yes()
	r.shut()
	return e
}

func (r *reader) passage() (p lawful.Passage) {
	r.open()
	r.key(`"from":`)
	p.From = r.str()
	r.key(`"to":`)
	p.To = r.str()
	r.key(`"at":`)
	p.At = r.when()
	r.may(`"text":`, &p.Text)
	r.shut()
	return p
}

func (r *reader) provenance() *lawful.Provenance {
	p := &lawful.Provenance{}
	r.open()
	r.key(`"import":`)
	p.Import = r.str()
	r.key(`"row":`)
	p.Row = r.int()
	r.shut()
	return p
}
