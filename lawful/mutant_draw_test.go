// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/lecito/lecito/lawful"
)

// drawn makes up an organisation, a person and a question. The same seed makes
// up the same ones for ever.
type drawn struct {
	*rand.Rand
	plain   bool // the question is a plain one and the consents are good: what lies behind is reached
	channel string
	who     lawful.Identifier
}

func draw(seed uint64) *drawn {
	d := &drawn{Rand: rand.New(rand.NewPCG(seed, 7)), plain: seed%2 == 0}
	d.channel = pick(d, "email", "email", "email", "phone", "sms", "push", "post", "social", "in_person", "web", "automated_call")
	d.who = map[string]lawful.Identifier{
		"email": anna, "phone": mobile, "sms": mobile, "automated_call": mobile, "push": laptop, "web": laptop, "social": anna, "in_person": anna,
		"post": {Kind: lawful.IDAddress, Value: "Via Roma 1"},
	}[d.channel]
	return d
}

func pick[T any](d *drawn, of ...T) T { return of[d.IntN(len(of))] }

// once in so many
func (d *drawn) once(in int) bool { return d.IntN(in) == 0 }

func (d *drawn) day() time.Time { return pick(d, drawnDays()...) }

// drawnDays are few, and lie where periods end and laws change.
var drawnDays = sync.OnceValue(func() []time.Time {
	var days []time.Time
	for _, on := range []string{
		"2022-07-27", "2023-11-21", "2024-02-29", "2024-11-20", "2025-11-20", "2025-11-21", "2026-02-28", "2026-05-01", "2026-08-11",
		"2026-10-17", "2026-10-21", "2026-10-22", "2026-11-01", "2026-11-05", "2026-11-06", "2026-11-14", "2026-11-20T23:59", "2026-11-21",
	} {
		days = append(days, day(on))
	}
	return days
})

// drawnShop is the shop whose rules are drawn anew.
var drawnShop = sync.OnceValue(shopRules)

func (d *drawn) dayp(in int) *time.Time {
	if !d.once(in) {
		return nil
	}
	t := d.day()
	return &t
}

func (d *drawn) period() lawful.Period {
	return pick(d, lawful.Period{Number: 12, Unit: "months"}, lawful.Period{Number: 2, Unit: "years"}, lawful.Period{Number: 30, Unit: "days"}, lawful.Period{Number: 2, Unit: "weeks"}, lawful.Period{Number: 5, Unit: "years"})
}

func (d *drawn) rules() *lawful.Rules {
	r := &lawful.Rules{Organisation: drawnShop().Organisation, Balancing: map[string][]lawful.Balancing{}, Law: everyPack()}
	r.Organisation.Country = pick(d, "IT", "IT", "IT", "FR", "DE", "ES", "GB", "US-CA", "BR", "EU", "ZW")
	p := d.purpose("p")
	r.Purposes = map[string][]lawful.Purpose{"p": {p}, "other": {d.purpose("other")}, "third": {d.purpose("third")}}
	if d.once(3) { // it has changed since
		wider := p
		wider.From = d.dayp(1)
		wider.Data, wider.Operations = slices.Concat(p.Data, []lawful.Data{{Name: "purchases"}}), slices.Concat(p.Operations, []string{pick(d, "use", "storage")})
		wider.Recipients, wider.Profiling = pick(d, nil, p.Recipients, []string{"mailer", "partner"}), p.Profiling || d.once(6)
		r.Purposes["p"] = append(r.Purposes["p"], wider)
	}
	for _, id := range []string{"p", "other", "third"} {
		for range d.IntN(3) {
			r.Balancing[id] = append(r.Balancing[id], lawful.Balancing{Happened: d.day(), Recorded: d.day(), Outcome: pick(d, "passed", "passed", "passed", "failed")})
		}
	}
	r.Notices = map[string][]lawful.Notice{"n": {{ID: "n", Version: 1, Published: drawnDays()[0].AddDate(-2, 0, 0)}}, "m": {{ID: "m", Version: 1, Published: d.day()}}}
	for v := range d.IntN(3) {
		n := lawful.Notice{ID: "n", Version: v + 2, Published: d.day(), From: d.dayp(4)}
		n.Changes = []lawful.Change{{Purpose: pick(d, "p", "other"), Effect: pick(d, "inform", "reconsent")}}
		if d.once(8) {
			n.Invalid = &lawful.Invalid{Reason: "r", DecidedBy: "d"}
		}
		r.Notices["n"] = append(r.Notices["n"], n)
	}
	r.Sources = map[string][]lawful.Source{}
	for _, kind := range []string{"form", "shop", "app", "phone", "event", "social", "import", "bought", "partner", "acquired", "api", "operator"} {
		r.Sources[kind] = []lawful.Source{d.source(kind, nil)}
		if d.once(4) {
			r.Sources[kind] = append(r.Sources[kind], d.source(kind, d.dayp(1)))
		}
	}
	r.Recipients = maps.Clone(drawnShop().Recipients)
	for _, id := range []string{"partner", "broker"} {
		r.Recipients[id] = lawful.Recipient{ID: id, Kind: "controller", Name: id + " Srl", Signed: &drawnDays()[0], Expires: d.dayp(4)}
	}
	return r
}

func (d *drawn) purpose(id string) lawful.Purpose {
	p := lawful.Purpose{ID: id, Marketing: !d.once(4), Profiling: d.once(7), Channels: everyChannel, From: d.dayp(30), Retired: d.dayp(30)}
	p.Basis = pick(d, "consent", "consent", "consent", "consent", "consent", "consent", "consent", "soft_opt_in", "soft_opt_in", "soft_opt_in",
		"legitimate_interests", "legitimate_interests", "contract", "legal_obligation", "vital_interests", "public_task")
	if !d.once(8) { // mostly one that some law admits
		switch {
		case !p.Marketing && p.Basis == lawful.BasisSoftOptIn:
			p.Basis = lawful.BasisContract
		case p.Marketing && !slices.Contains([]string{lawful.BasisConsent, lawful.BasisSoftOptIn, lawful.BasisLegitimateInterests}, p.Basis),
			p.Basis == lawful.BasisSoftOptIn && d.channel != "email" && d.channel != "sms",
			p.Marketing && p.Basis == lawful.BasisLegitimateInterests && (d.channel == "email" || d.channel == "sms" || d.channel == "push"):
			p.Basis = lawful.BasisConsent
		}
	}
	p.Law = pick(d, "an act", "an act", "an act", "")
	if d.once(40) {
		p.Channels = []string{"email"}
	}
	if d.once(5) {
		p.Audience = lawful.AudienceBusiness
	}
	for _, name := range []string{"email", "purchases", "given_name", "location", "email_open"} {
		if d.once(3) {
			data := lawful.Data{Name: name}
			if d.once(2) {
				limit := d.period()
				data.MaxAge = &limit
			}
			p.Data = append(p.Data, data)
		}
	}
	if d.plain {
		p.Basis = pick(d, lawful.BasisConsent, lawful.BasisConsent, p.Basis)
		p.Data = p.Data[:min(1, len(p.Data))]
	}
	p.Operations = pick(d, nil, nil, []string{"use"}, []string{"use", "disclosure_by_transmission"}, []string{"dissemination"}, []string{"making_available", "storage"})
	p.Minimum, p.ConfirmFrom = pick(d, "", "recorded", "recorded", "recorded", "declared", "declared", "confirmed"), d.dayp(2)
	if d.once(8) {
		p.Confirmation = map[string]string{d.channel: "required"}
	}
	p.ExpiresMonth = pick(d, 0, 0, 0, 6, 12, 24)
	if d.once(3) {
		p.Retention = &lawful.Retention{From: pick(d, lawful.FromLastActivity, lawful.FromRelationClosed, lawful.FromCollection), For: d.period()}
	}
	if d.once(3) {
		p.Frequency = &lawful.Frequency{Max: 1 + d.IntN(2), Per: pick(d, "day", "week", "month", "year"), Channels: pick(d, nil, []string{"email", "sms"}, []string{d.channel})}
	}
	if d.once(2) {
		p.Recipients = []string{"mailer", "unsigned", "broker"}
	}
	return p
}

func (d *drawn) source(kind string, from *time.Time) lawful.Source {
	s := lawful.Source{ID: kind, Kind: kind, From: from, Notice: "n", Title: map[string]string{"it": kind}}
	switch d.IntN(14) {
	case 0:
		s.Default = "ticked"
	case 1:
		s.ConditionOf = "a prize"
	case 2:
		s.Notice = pick(d, "", "m")
	case 3, 4:
		s.Licensed = d.dayp(1)
		if d.plain {
			later := s.Licensed.AddDate(2, 0, 0)
			s.Licensed = &later
		}
	case 5, 6, 7:
		s.Accepted = &lawful.Accepted{Grade: pick(d, "declared", "declared", "recorded"), DecidedBy: "the board", Until: d.dayp(2)}
		if d.plain && s.Accepted.Until != nil {
			later := s.Accepted.Until.AddDate(1, 0, 0)
			s.Accepted.Until = &later
		}
	}
	return s
}

// good are consents that hold, by several hands and chains, to be told apart.
func (d *drawn) good() []lawful.Recorded {
	var facts []lawful.Recorded
	if d.once(2) { // whose number stands for several
		tie := d.fact(lawful.KindIdentified)
		tie.Happened, tie.Source = drawnDays()[0], "crm"
		tie.Recorded = tie.Happened
		tie.Identifiers = pick(d, []lawful.Identifier{number, d.who}, []lawful.Identifier{number, anna, bruno, mobile, laptop, tablet})
		facts = append(facts, tie)
	}
	for range 1 + d.IntN(4) {
		f := d.yes()
		f.Choice.Purpose, f.Choice.Channel, f.Undated, f.Choice.Unproven = "p", d.channel, d.once(20), d.once(20)
		f.Actor = pick(d, "person", "person", "person", "import", "system")
		f.Source = pick(d, "form", "shop", "event", "social", "bought", "partner", "app", "import")
		f.Identifiers = pick(d, []lawful.Identifier{d.who}, []lawful.Identifier{anna, mobile, laptop}, []lawful.Identifier{bruno, tablet}, []lawful.Identifier{anna, bruno, mobile, laptop, tablet})
		if e := f.Choice.Evidence; e != nil {
			e.Method, e.Default, e.Covers = pick(d, lawful.Methods()...), "", nil
			e.Named, e.Passages, e.Dated = []string{pick(d, " Bottega Esempio  Srl", "BOTTEGA", "broker srl")}, e.Passages[:min(1, len(e.Passages))], true
		}
		facts = append(facts, f)
	}
	if d.once(2) && d.channel != "email" {
		for range 1 + d.IntN(2) {
			check := d.fact(lawful.KindRegisterChecked)
			check.Register, check.Identifiers = pick(d, "rpo", "rpo", "tps"), nil
			check.Happened = pick(d, drawnDays()[13:]...)
			facts = append(facts, check)
		}
	}
	return facts
}

func (d *drawn) person() lawful.Person {
	p := lawful.Person{Known: !d.once(60), Erased: d.once(40)}
	var facts []lawful.Recorded
	if !d.once(3) {
		yes := d.yes()
		yes.Choice.Choice, yes.Actor = lawful.Given, pick(d, "person", "person", "person", yes.Actor)
		yes.Identifiers, yes.Choice.Purpose, yes.Choice.Channel = []lawful.Identifier{d.who}, "p", d.channel
		facts = append(facts, yes)
	}
	if d.plain {
		facts = d.good()
		p.Known = true
	}
	for range d.IntN(7) {
		switch d.IntN(14) {
		case 0, 1:
			facts = append(facts, d.yes())
		case 2:
			facts = append(facts, d.no())
		default:
			facts = append(facts, d.other())
		}
	}
	for i := range facts {
		facts[i].Chain = pick(d, "s1", "s1", "s1", "s2")
		if d.once(6) {
			facts[i].Recorded = d.day()
		}
	}
	p.History = history(facts...)
	return p
}

func (d *drawn) identifiers() []lawful.Identifier {
	unsaid := number
	unsaid.Source = ""
	return pick(d, []lawful.Identifier{d.who}, []lawful.Identifier{d.who}, []lawful.Identifier{d.who}, nil, []lawful.Identifier{bruno}, []lawful.Identifier{tablet},
		[]lawful.Identifier{number}, []lawful.Identifier{unsaid}, []lawful.Identifier{number, d.who}, []lawful.Identifier{number, anna, bruno, mobile}, []lawful.Identifier{laptop})
}

func (d *drawn) fact(kind string) lawful.Recorded {
	f := lawful.Recorded{}
	f.Kind, f.Happened = kind, d.day()
	f.Recorded = f.Happened
	f.Actor = pick(d, "person", "person", "person", "person", "import", "operator", "system", "")
	f.Source = pick(d, "form", "form", "form", "shop", "app", "phone", "import", "bought", "partner", "acquired", "form", "crm", "")
	f.Identifiers = d.identifiers()
	return f
}

func (d *drawn) choice(choice string) lawful.Recorded {
	f := d.fact(lawful.KindChoice)
	f.Choice = &lawful.Choice{Choice: choice, Purpose: pick(d, "p", "p", "other", "third", "unheard", ""), Channel: pick(d, d.channel, d.channel, "post", "")}
	f.Undated = d.once(12)
	return f
}

func (d *drawn) yes() lawful.Recorded {
	f := d.choice(pick(d, lawful.Given, lawful.Given, lawful.Given, lawful.Confirmed))
	if f.Choice.Choice == lawful.Confirmed {
		return f
	}
	f.Choice.Unproven = d.once(12)
	if d.once(4) {
		f.Choice.Notice = &lawful.NoticeRef{ID: pick(d, "n", "n", "m", "lost"), Version: d.IntN(4)}
	}
	if d.once(20) {
		return f
	}
	e := &lawful.Evidence{Method: pick(d, "checkbox", "checkbox", "button", "paper_form", "verbal", "badge_scan", "business_card", "import", "guess"), Dated: d.once(2)}
	e.Named = pick(d, nil, []string{"Bottega  Esempio Srl", "partner"}, []string{"bottega", "Broker Srl"}, []string{" "}, []string{"Somebody"})
	if d.once(12) {
		e.Default, e.Covers = pick(d, "ticked", ""), []string{"p", "other"}
	}
	for range d.IntN(4) {
		e.Passages = append(e.Passages, lawful.Passage{From: "a", To: "b"})
	}
	f.Choice.Evidence = e
	return f
}

func (d *drawn) no() lawful.Recorded {
	if d.once(4) {
		f := d.fact(lawful.KindBlocked)
		f.Channel, f.System = pick(d, d.channel, "", "post"), "mailer"
		return f
	}
	return d.choice(pick(d, lawful.Refused, lawful.Withdrawn, lawful.Objected))
}

func (d *drawn) other() lawful.Recorded {
	f := d.fact(pick(d, lawful.KindSale, lawful.KindSale, lawful.KindRelationOpened, lawful.KindRelationClosed, lawful.KindActivity, lawful.KindBirthDate,
		lawful.KindDeclaredAge, lawful.KindResidence, lawful.KindParentalConsent, lawful.KindRegisterChecked, lawful.KindRegisterChecked, lawful.KindRegisterChecked,
		lawful.KindRegisterListed, lawful.KindActivity, lawful.KindRelationOpened, lawful.KindSignal, lawful.KindUndeliverable,
		lawful.KindDeliverable, lawful.KindContacted, lawful.KindContacted, lawful.KindIdentified, lawful.KindChoice))
	if d.once(20) {
		f.Kind = pick(d, lawful.KindDeceased, lawful.KindRestriction, lawful.KindRestriction, lawful.KindRestrictionLift)
	}
	f.Channel, f.Purpose = pick(d, d.channel, d.channel, "", "sms"), pick(d, "p", "p", "other")
	f.Act, f.Register, f.Signal = pick(d, "click", "open", "purchase"), pick(d, "rpo", "rpo", "tps", "dnc"), pick(d, "gpc", "gpc", "dnt")
	f.Date, f.Age = pick(d, "1980-01-01", "2010-11-21", "2010-11-22", "2012-02-29", "2008-05-01", "soon"), pick(d, 12, 13, 14, 16, 40)
	f.Country = pick(d, "IT", "DE", "FR", "US-CA", "ZW")
	f.AddressGiven, f.Informed, f.RefusalOffered, f.EasyRevocation = !d.once(5), !d.once(5), !d.once(5), d.once(2)
	f.SimilarTo = pick(d, []string{"p"}, []string{"p"}, []string{"other"})
	return f
}

func (d *drawn) question() lawful.Question {
	q := lawful.Question{Purpose: "p", Channel: d.channel, Identifier: []lawful.Identifier{d.who}, At: drawnDays()[17], Explain: true, Language: "en"}
	if d.once(4) {
		q.At = d.day()
	}
	if d.plain {
		q.Identifier = pick(d, q.Identifier, q.Identifier, []lawful.Identifier{number}, []lawful.Identifier{bruno}, []lawful.Identifier{d.who, bruno})
		q.Recipient = pick(d, "", "", "", "partner", "mailer", "broker")
		return q
	}
	if d.once(6) {
		q.KnownAt = d.day()
	}
	if d.once(6) {
		q.Identifier = pick(d, []lawful.Identifier{number}, []lawful.Identifier{number, d.who}, []lawful.Identifier{bruno}, nil, []lawful.Identifier{tablet})
	}
	if d.once(80) {
		q.Purpose = "unheard"
	}
	if d.once(20) {
		q.Content = pick(d, "service", "promotional", "else")
	}
	if d.once(20) {
		q.Operation = pick(d, "use", "dissemination", "making_available", "disclosure_by_transmission")
	}
	if d.once(14) {
		u := lawful.Used{Name: pick(d, "email", "purchases", "given_name", "location", "email_open"), Since: d.dayp(2)}
		q.Data = append(q.Data, u)
	}
	if d.once(12) {
		q.Recipient = pick(d, "mailer", "unsigned", "ended", "stranger", "partner", "broker", "nobody")
	}
	return q
}
