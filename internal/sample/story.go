// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// People of the story that documents and tests name.
const (
	Giulia = "giulia.ferri@posta.example"   // said yes, withdrew, said yes again
	Marco  = "marco.conti@posta.example"    // objected to everything
	Elena  = "elena.galli@lettere.example"  // only on an old list: weak proof
	Paolo  = "paolo.marini@posta.example"   // signed a card at the fair
	Sara   = "sara.rinaldi@lettere.example" // took part in a contest: her yes was a condition
	Erased = "luca.barone@posta.example"    // asked to be erased
	Anna   = "anna.bassi@posta.example"     // bought, was told, did not refuse: the soft opt-in; has the catalogue posted
	Dario  = "dario.greco@lettere.example"  // bought too, and left the newsletter's box empty: no soft opt-in
	Carla  = "carla.neri@posta.example"     // may be called: the register of oppositions was asked lately
	Dino   = "dino.riva@posta.example"      // said yes to calls too, and the register was asked too long ago
	Nina   = "nina.costa@lettere.example"   // is thirteen: her yes is none
	Claire = "claire.dubois@posta.example"  // lives in France: both laws are asked
)

// person is somebody invented.
type person struct {
	n             int
	given, family string
	email, phone  string
	home          *subject.Address // where an order is shipped
	joined        time.Time
}

// story tells what everybody does. It is one pseudo-random sequence from a fixed seed.
type story struct {
	*rand.Rand
	texts map[int]string // of notice signup, by version, in Italian
	card  string         // of notice fair-card
	guild string         // of notice partner
	asks  bool           // in the last weeks, Lecito asks people to confirm
	acts  []act
}

func newStory(doc *register.Document) *story {
	s := &story{Rand: rand.New(rand.NewPCG(20231002, 7)), texts: map[int]string{}}
	for _, n := range doc.Notices {
		switch n.ID {
		case "signup":
			s.texts[n.Version] = n.Texts["it"].Short
		case "fair-card":
			s.card = n.Texts["it"].Short
		case "partner":
			s.guild = n.Texts["it"].Short
		}
	}
	return s
}

func (s *story) tell(people int) []act {
	for i := range people {
		s.live(s.person(i))
	}
	s.named()
	s.acts = append(s.acts, browsers(people/5)...)
	if s.asks {
		s.lately()
	}
	return s.acts
}

// live gives one person a way in and what follows from it.
func (s *story) live(p person) {
	switch way := s.IntN(100); {
	case way < 34:
		s.footer(p)
	case way < 62:
		s.shops(p)
	case way < 74:
		s.fair(p)
	case way < 82:
		s.social(p)
	case way < 87:
		s.contest(p)
	case way < 96:
		s.listed(p, "old-list")
	default:
		s.listed(p, "bought-list")
	}
}

// footer signs up with the form at the foot of the page.
func (s *story) footer(p person) {
	at := p.joined
	s.choose(p, at, "footer-form", s.form(at), yes("newsletter", "email"))
	if s.chance(18) {
		s.choose(p, s.after(at, 30), "footer-form", s.form(at), yes("profiling", "email"))
	}
	if s.chance(8) {
		s.partner(p, s.after(at, 40))
	}
	s.later(p, at)
}

// shops buys something, and answers the boxes at the till.
func (s *story) shops(p person) {
	at := p.joined
	number := fmt.Sprintf("c-%05d", 10000+p.n)
	s.sale(p, number, at)
	answers := []choice.Choice{answer("newsletter", "email", s.chance(61))}
	if p.phone != "" {
		answers = append(answers, answer("newsletter", "sms", s.chance(27)))
	}
	if at.After(time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)) {
		answers = append(answers, answer("profiling", "email", s.chance(24)))
	}
	s.chooseAs(p, number, at, "checkout", s.form(at), answers...)
	s.later(p, at)
}

// sale is an order: the start of a relation, and of offers on similar products
// to whoever was told of them. Every fourth is shipped.
func (s *story) sale(p person, number string, at time.Time) {
	told := !at.Before(time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC)) // version 2 of notice orders
	shipped := p
	if p.n%4 == 0 {
		shipped.home = home(p.n)
	}
	s.tellFacts(shipped, number, at, "checkout",
		choice.Fact{Kind: lawful.KindSale, Products: []string{"borse"}, SimilarTo: []string{"customers"}, AddressGiven: true, Informed: told, RefusalOffered: told},
		choice.Fact{Kind: lawful.KindRelationOpened})
}

// home is where somebody lives, one address each.
func home(n int) *subject.Address {
	all := streets()
	return &subject.Address{Street: fmt.Sprintf("via %s %d", all[n%len(all)], 100+n), Postcode: "50100", City: "Firenze", Country: "IT"}
}

// fair signs a card; it is typed in some days later.
func (s *story) fair(p person) {
	at := p.joined
	if card := time.Date(2024, 2, 22, 9, 0, 0, 0, time.UTC); at.Before(card) {
		at = card.AddDate(0, 0, s.IntN(4))
	}
	e := &lawful.Evidence{Method: "paper_form", Default: "unticked", Text: s.card}
	req := s.request(p, "", at, "fair", e, yes("events", "email"))
	req.Notice = &lawful.NoticeRef{ID: "fair-card", Version: 1, Language: "it"}
	if s.chance(40) {
		req.Choices = append(req.Choices, yes("events", "post"))
		req.Subject.Address = &subject.Address{
			Street: fmt.Sprintf("via %s %d", pick(s, streets()), 1+s.IntN(90)), Postcode: "50100", City: "Firenze", Country: "IT",
		}
	}
	s.acts = append(s.acts, act{by: "back-office", recorded: at.AddDate(0, 0, 2+s.IntN(9)), choices: req})
	s.later(p, at)
}

func (s *story) social(p person) {
	e := s.form(p.joined)
	e.Method, e.URL = "button", "https://social.example/ads/primavera"
	s.choose(p, p.joined, "social-ads", e, yes("newsletter", "email"))
	s.later(p, p.joined)
}

// contest takes part in a contest that asked for a yes: it is not free.
func (s *story) contest(p person) {
	at := time.Date(2025, 4, 1+s.IntN(25), 9+s.IntN(10), s.IntN(60), 0, 0, time.UTC)
	s.choose(p, at, "contest", s.form(at), yes("newsletter", "email"))
}

// listed stands on a list: no act, no text, a flag at most.
func (s *story) listed(p person, source string) {
	at := time.Date(2023, 11, 14, 10, 30, 0, 0, time.UTC)
	if source == "bought-list" {
		at = time.Date(2024, 6, 3, 15, 0, 0, 0, time.UTC)
	}
	req := s.request(p, "", at, source, &lawful.Evidence{Method: "import"}, yes("newsletter", "email"))
	req.Notice = s.notice(at)
	s.acts = append(s.acts, act{by: "import", recorded: at, choices: req})
	if s.chance(6) {
		s.tellFacts(p, "", s.after(at, 200), "", choice.Fact{Kind: lawful.KindUndeliverable, Channel: "email"})
	}
	s.later(p, at)
}

// partner says yes to the other workshops, and mostly confirms it: through a
// tool of the shop's own, in the last weeks through the message of Lecito's.
func (s *story) partner(p person, at time.Time) {
	if first := time.Date(2024, 5, 7, 9, 0, 0, 0, time.UTC); at.Before(first) {
		at = first.AddDate(0, 0, s.IntN(60))
	}
	if at.After(Ends().AddDate(0, 0, -2)) {
		return
	}
	s.joins(p, at)
	if !s.chance(78) {
		return
	}
	confirmed := at.Add(time.Duration(3+s.IntN(600)) * time.Minute)
	if s.asks && !at.Before(Asks()) {
		s.answers(p, confirmed, "yes")
		return
	}
	e := &lawful.Evidence{Method: "link", URL: "https://bottega.example/conferma"}
	s.choose(p, confirmed, "guild-form", e, choice.Choice{Purpose: "partner", Channel: "email", Choice: lawful.Confirmed})
}

// joins is the yes to the other workshops.
func (s *story) joins(p person, at time.Time) {
	e := s.form(at)
	e.Text, e.URL = s.guild, "https://bottega.example/botteghe"
	req := s.request(p, "", at, "guild-form", e, yes("partner", "email"))
	req.Notice = &lawful.NoticeRef{ID: "partner", Version: 1, Language: "it"}
	s.acts = append(s.acts, act{by: "website", recorded: at.Add(2 * time.Second), choices: req, asked: true})
}

// later is what happens to some people in the end.
func (s *story) later(p person, from time.Time) {
	const source = "footer-form"
	switch luck := s.IntN(100); {
	case luck < 14: // unsubscribes
		s.choose(p, s.after(from, 420), source, &lawful.Evidence{Method: "one_click"},
			choice.Choice{Channel: "email", Choice: lawful.Withdrawn})
	case luck < 17: // objects
		s.choose(p, s.after(from, 300), source, &lawful.Evidence{Method: "email"}, choice.Choice{Choice: lawful.Objected})
	case luck < 20: // withdraws one thing
		s.choose(p, s.after(from, 300), source, &lawful.Evidence{Method: "preference_centre"},
			choice.Choice{Purpose: "newsletter", Channel: "email", Choice: lawful.Withdrawn})
	case luck < 23: // changes their mind, and back
		out := s.after(from, 200)
		s.choose(p, out, source, &lawful.Evidence{Method: "one_click"}, choice.Choice{Channel: "email", Choice: lawful.Withdrawn})
		back := s.after(out, 150)
		s.choose(p, back, "footer-form", s.form(back), yes("newsletter", "email"))
	case luck < 26: // the mailbox is gone
		s.tellFacts(p, "", s.after(from, 500), "", choice.Fact{Kind: lawful.KindUndeliverable, Channel: "email"})
	}
}

// named are the people that documents and tests know.
func (s *story) named() {
	unsubscribed := choice.Choice{Channel: "email", Choice: lawful.Withdrawn}

	giulia := known(1, "Giulia", "Ferri", Giulia)
	s.choose(giulia, day(2024, 1, 18, 9), "footer-form", s.form(day(2024, 1, 18, 9)), yes("newsletter", "email"))
	s.chooseAs(giulia, "c-90001", day(2024, 9, 5, 15), "checkout", s.form(day(2024, 9, 5, 15)), answer("newsletter", "sms", false))
	s.choose(giulia, day(2025, 2, 11, 20), "footer-form", &lawful.Evidence{Method: "one_click"}, unsubscribed)
	s.choose(giulia, day(2026, 5, 6, 8), "footer-form", s.form(day(2026, 5, 6, 8)), yes("newsletter", "email"))

	marco := known(2, "Marco", "Conti", Marco)
	s.choose(marco, day(2024, 3, 2, 11), "social-ads", s.form(day(2024, 3, 2, 11)), yes("newsletter", "email"))
	s.choose(marco, day(2025, 7, 21, 18), "footer-form", &lawful.Evidence{Method: "email"}, choice.Choice{Choice: lawful.Objected})

	s.listed(known(3, "Elena", "Galli", Elena), "old-list")
	paolo := known(4, "Paolo", "Marini", Paolo)
	paolo.joined = day(2025, 2, 20, 10)
	s.fair(paolo)
	s.contest(known(5, "Sara", "Rinaldi", Sara))

	luca := known(6, "Luca", "Barone", Erased)
	s.choose(luca, day(2024, 11, 20, 10), "footer-form", s.form(day(2024, 11, 20, 10)), yes("newsletter", "email"))
	s.choose(luca, day(2025, 6, 1, 10), "footer-form", &lawful.Evidence{Method: "one_click"}, unsubscribed)
	s.bases()
}

// bases are named people about whom each basis of law and its conditions decide.
func (s *story) bases() {
	// The interest behind the catalogue was balanced twice: first without a way to object on the cover.
	s.balance(day(2024, 1, 16, 9), "failed")
	s.balance(day(2024, 3, 4, 9), "passed")
	anna := known(8, "Anna", "Bassi", Anna)
	s.sale(anna, "c-90008", day(2026, 2, 12, 10)) // shipped

	dario := known(9, "Dario", "Greco", Dario)
	s.sale(dario, "c-90009", day(2026, 3, 20, 17))
	s.chooseAs(dario, "c-90009", day(2026, 3, 20, 17), "checkout", s.form(day(2026, 3, 20, 17)), answer("newsletter", "email", false))

	checked := choice.Fact{Kind: lawful.KindRegisterChecked, Register: "rpo"}
	carla, dino := known(10, "Carla", "Neri", Carla), known(11, "Dino", "Riva", Dino)
	s.choose(carla, day(2026, 4, 9, 11), "footer-form", s.form(day(2026, 4, 9, 11)), yes("calls", "phone"))
	s.tellFacts(carla, "", day(2026, 11, 13, 8), "", checked)
	s.choose(dino, day(2026, 4, 10, 11), "footer-form", s.form(day(2026, 4, 10, 11)), yes("calls", "phone"))
	s.tellFacts(dino, "", day(2026, 10, 2, 8), "", checked)

	nina := known(12, "Nina", "Costa", Nina)
	s.choose(nina, day(2026, 9, 14, 16), "social-ads", s.form(day(2026, 9, 14, 16)), yes("newsletter", "email"))
	s.tellFacts(nina, "", day(2026, 9, 14, 16), "", choice.Fact{Kind: lawful.KindBirthDate, Date: "2013-05-04"})

	claire := known(13, "Claire", "Dubois", Claire)
	s.choose(claire, day(2026, 6, 30, 9), "footer-form", s.form(day(2026, 6, 30, 9)), yes("newsletter", "email"))
	s.tellFacts(claire, "", day(2026, 6, 30, 9), "", choice.Fact{Kind: lawful.KindResidence, Country: "FR"})
}

func (s *story) balance(at time.Time, outcome string) {
	f := choice.Fact{Kind: lawful.KindBalancingTest, At: at, Purpose: "catalogue", Outcome: outcome}
	s.acts = append(s.acts, act{by: "dpo", recorded: at.Add(time.Hour), facts: &choice.FactsRequest{Facts: []choice.Fact{f}}})
}

func day(y int, m time.Month, d, hour int) time.Time {
	return time.Date(y, m, d, hour, 12, 0, 0, time.UTC)
}

func known(n int, given, family, email string) person {
	return person{n: 90000 + n, given: given, family: family, email: email, phone: fmt.Sprintf("+39333000%04d", 9000+n)}
}

// choose has a person decide on the web site.
func (s *story) choose(p person, at time.Time, source string, e *lawful.Evidence, choices ...choice.Choice) {
	s.chooseAs(p, "", at, source, e, choices...)
}

func (s *story) chooseAs(p person, number string, at time.Time, source string, e *lawful.Evidence, choices ...choice.Choice) {
	if at.After(Ends()) {
		return
	}
	req := s.request(p, number, at, source, e, choices...)
	s.acts = append(s.acts, act{by: "website", recorded: at.Add(2 * time.Second), choices: req})
}

func (s *story) tellFacts(p person, number string, at time.Time, source string, facts ...choice.Fact) {
	if at.After(Ends()) {
		return
	}
	for i := range facts {
		facts[i].At = at
	}
	req := &choice.FactsRequest{Subject: choice.Subject{Email: p.email, ID: number, Address: p.home}, Source: source, Facts: facts}
	s.acts = append(s.acts, act{by: "website", recorded: at.Add(2 * time.Second), facts: req})
}

func (s *story) request(p person, number string, at time.Time, source string, e *lawful.Evidence, choices ...choice.Choice) *choice.Request {
	req := &choice.Request{
		Subject: choice.Subject{Email: p.email, ID: number}, Source: source, At: &at,
		Evidence: e, Choices: choices, Notice: s.notice(at),
	}
	for _, c := range choices {
		if c.Channel == "sms" || c.Channel == "phone" {
			req.Subject.Phone = p.phone
		}
	}
	return req
}

// notice is the version of the sign-up notice that held then.
func (s *story) notice(at time.Time) *lawful.NoticeRef {
	version := 1
	switch {
	case !at.Before(time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)):
		version = 3
	case !at.Before(time.Date(2024, 11, 4, 0, 0, 0, 0, time.UTC)):
		version = 2
	}
	return &lawful.NoticeRef{ID: "signup", Version: version, Language: "it"}
}

// form is what the web form keeps of an act.
func (s *story) form(at time.Time) *lawful.Evidence {
	return &lawful.Evidence{
		Method: "checkbox", Default: "unticked", Text: s.texts[s.notice(at).Version],
		URL: "https://bottega.example/", IP: fmt.Sprintf("198.51.100.%d", 1+s.IntN(254)), UserAgent: pick(s, agents()),
	}
}

func (s *story) person(n int) person {
	p := person{n: n, given: pick(s, givenNames()), family: pick(s, familyNames())}
	domain := pick(s, []string{"posta.example", "lettere.example", "casella.example"})
	p.email = fmt.Sprintf("%s.%s%d@%s", plain(p.given), plain(p.family), n, domain)
	if s.chance(6) {
		p.email = fmt.Sprintf("%s@%s%d.example", pick(s, []string{"info", "ordini", "amministrazione"}), plain(p.family), n)
	}
	if s.chance(46) {
		p.phone = fmt.Sprintf("+39333%07d", 1000000+n)
	}
	days := int(Ends().Sub(Begins()).Hours() / 24)
	p.joined = Begins().AddDate(0, 0, 1+s.IntN(days-1)).Add(time.Duration(s.IntN(14*60)) * time.Minute)
	return p
}

func (s *story) after(from time.Time, days int) time.Time {
	return from.Add(time.Duration(1+s.IntN(days*24*60)) * time.Minute)
}

func (s *story) chance(percent int) bool { return s.IntN(100) < percent }

func yes(purpose, channel string) choice.Choice {
	return choice.Choice{Purpose: purpose, Channel: channel, Choice: lawful.Given}
}

func answer(purpose, channel string, ticked bool) choice.Choice {
	if ticked {
		return yes(purpose, channel)
	}
	return choice.Choice{Purpose: purpose, Channel: channel, Choice: lawful.Refused}
}

func pick[T any](s *story, from []T) T { return from[s.IntN(len(from))] }

// plain makes a name fit for an address.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "'", "", "ò", "o", "à", "a").Replace(name))
}
