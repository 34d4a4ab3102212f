// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/lecito/lecito/lawful"
)

// Purposes and Channels are what the invented shop declares.
var (
	purposes = []string{"newsletter", "events", "offers", "partner"}
	channels = []string{"email", "sms", "phone"}
	// sources are the forms people said yes on, with the purposes each was for.
	sources = []source{
		{"footer", purposes[:1]}, {"checkout", purposes[:2]}, {"fair", purposes[1:3]}, {"welcome", purposes},
	}
)

type source struct {
	id       string
	purposes []string
}

// person is one invented subject: everything follows from the number.
type person struct {
	n     int
	email string
	phone string // "" where the person gave none
	acts  []act
}

// act is something a person did on one day: a yes on a form, or a no.
type act struct {
	at       time.Time
	source   int      // index of sources
	channels []string // of a yes
	left     string   // the channel all marketing was withdrawn from
	objected bool     // to all marketing
}

// span is how far back the acts go.
const span = 60 // months

// whole invents person n as of a day: one to three acts over five years, more of
// them lately. Of ten people about one and a half withdrew and half a one objected.
func whole(n int, asOf time.Time) person {
	r := rand.New(rand.NewPCG(uint64(n), 20261122))
	p := person{n: n, email: address(n)}
	if r.IntN(10) < 4 {
		p.phone = fmt.Sprintf("+39333%07d", n%10_000_000)
	}
	age := r.Float64()
	at := asOf.AddDate(0, 0, -int(age*age*float64(span)*30.4)-3).Add(-time.Duration(r.IntN(36000)) * time.Second)
	p.acts = append(p.acts, p.yes(r, at))
	for more := r.IntN(10); more >= 6; more = r.IntN(10) {
		at = at.Add(time.Duration((0.1 + 0.8*r.Float64()) * float64(asOf.Sub(at)))).Truncate(time.Second)
		a := act{at: at}
		switch kind := r.IntN(20); {
		case kind < 7:
			a.left = channels[[]int{0, 0, 0, 1, 2}[r.IntN(5)]]
		case kind < 9:
			a.objected = true
		default:
			a = p.yes(r, at)
		}
		if p.acts = append(p.acts, a); len(p.acts) == 3 {
			break
		}
	}
	return p
}

// yes is a form filled in: always for e-mail, for the others where a number was given.
func (p person) yes(r *rand.Rand, at time.Time) act {
	a := act{at: at, source: r.IntN(len(sources)), channels: channels[:1]}
	if p.phone != "" {
		a.channels = channels[:1+r.IntN(3)]
	}
	return a
}

// address is the e-mail address of person n: unknown to the store from its size on.
func address(n int) string {
	given := [...]string{"anna", "luca", "giulia", "marco", "sara", "paolo", "elena", "davide"}
	family := [...]string{"rossi", "conti", "ferri", "gallo", "riva", "serra", "villa", "longo"}
	return fmt.Sprintf("%s.%s%d@posta.example", given[n%8], family[n/8%8], n)
}

// standing is where a person stands for one purpose and channel, by a second
// reading of the rules that the invented shop declares; peers are filled with it,
// and a test holds the product to the same answers.
type standing struct {
	consented bool
	stopped   bool      // withdrawn or objected
	objected  bool      // to all
	until     time.Time // the end of retention
}

func (s standing) permitted(at time.Time) bool {
	return s.consented && !s.stopped && at.Before(s.until)
}

// retention is what the shop declares, in months.
const retention = 24

func (p person) standing(purpose, channel string, zone *time.Location) standing {
	var s standing
	first := p.acts[0].at
	for _, a := range p.acts {
		if a.at.Before(first) {
			first = a.at
		}
		s.objected = s.objected || a.objected
		s.stopped = s.stopped || a.objected || a.left == channel
		s.consented = s.consented || a.covers(purpose, channel)
	}
	s.until = lawful.PeriodEnd(first, retention, zone)
	return s
}

func (a act) covers(purpose, channel string) bool {
	has := func(all []string, one string) bool {
		return strings.Contains("\x00"+strings.Join(all, "\x00")+"\x00", "\x00"+one+"\x00")
	}
	return has(a.channels, channel) && has(sources[a.source].purposes, purpose)
}

// row is an act as the export of a form tells it.
func (p person) row(a act) string {
	cells := []string{p.email, p.phone, "", "", "", "", "", "", "", ""}
	at := a.at.UTC().Format("2006-01-02T15:04:05Z")
	for i, c := range channels {
		if len(a.channels) > i {
			cells[2+i] = at
		}
		if a.left == c {
			cells[6+i] = at
		}
	}
	if len(a.channels) > 0 {
		cells[5] = fmt.Sprintf("192.0.2.%d", p.n%256)
	}
	if a.objected {
		cells[9] = at
	}
	return strings.Join(cells, ",") + "\n"
}

// header and columns describe the rows of an import.
const (
	header  = "email,phone,email_yes,sms_yes,phone_yes,ip,email_no,sms_no,phone_no,objected\n"
	columns = "email=email,phone=phone,given_at=email_yes,sms_given_at=sms_yes,phone_given_at=phone_yes," +
		"ip=ip,sms_ip=ip,phone_ip=ip," +
		"withdrawn_at=email_no,sms_withdrawn_at=sms_no,phone_withdrawn_at=phone_no,objected_at=objected"
)

// declaration is what the invented shop declares.
func declaration() string {
	var b strings.Builder
	b.WriteString(`organisation: {id: shop, name: Example Shop, country: DE, language: en, time_zone: Europe/Berlin, contact: privacy@shop.example}
notices:
  - id: signup
    version: 1
    from: 2015-01-01
    texts: {en: {short: "Yes, write to me.", long: "Example Shop writes to you if you say yes. You can withdraw at any time, and complain to the authority."}}
purposes:
`)
	for _, p := range purposes {
		fmt.Fprintf(&b, `  - id: %s
    marketing: true
    title: {en: %s}
    description: {en: We write to you about our %s.}
    benefit: {en: You hear of it first.}
    basis: consent
    channels: [email, sms, phone]
    data: [email, phone]
    operations: [collection, storage, use]
    notice: signup
    retention: {from: last_activity, for: %d months}
`, p, p, p, retention)
	}
	b.WriteString("sources:\n")
	for _, s := range sources {
		fmt.Fprintf(&b, "  - {id: %s, kind: form, title: {en: %s}, default: unticked, notice: signup, purposes: [%s]}\n", s.id, s.id, strings.Join(s.purposes, ", "))
	}
	return b.String()
}

// uses are where the person stands for each purpose and channel that anything is
// known of, as "newsletter/email".
func (p person) uses(zone *time.Location) map[string]standing {
	out := map[string]standing{}
	for _, purpose := range purposes {
		for _, channel := range channels {
			if s := p.standing(purpose, channel, zone); s.consented || s.stopped {
				out[purpose+"/"+channel] = s
			}
		}
	}
	return out
}
