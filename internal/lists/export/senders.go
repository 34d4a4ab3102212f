// SPDX-License-Identifier: Apache-2.0

package export

import (
	"regexp"
	"strings"

	"github.com/lecito/lecito/lawful"
)

// sendGrid: five suppression lists, some with the same columns. Those that a
// list of sign-ups could have too are taken for a suppression only when the
// name of the file says so: read wrongly they would stop people for good.
func sendGrid() []tool {
	section := func(name string, read func(*row), is func(*file) bool) tool {
		return tool{name: "SendGrid", section: name, utc: true, dates: []string{"created"}, read: read, is: is}
	}
	named := func(f *file, words ...string) bool {
		if !f.has("email", "created") || !f.only("email", "created", "ip", "reason", "status") {
			return false
		}
		for _, w := range words {
			if strings.Contains(f.name, w) {
				return true
			}
		}
		return false
	}
	return []tool{
		section("blocks", readBlock, func(f *file) bool { return named(f, "block") }),
		section("spam reports", readSpam, func(f *file) bool { return named(f, "spam") && !f.has("reason") }),
		section("unsubscribes", readUnsubscribe, func(f *file) bool { return named(f, "unsubscribe") && !f.has("reason") }),
		section("invalid emails", readInvalid, func(f *file) bool {
			return f.has("email", "created", "reason") && len(f.columns) == 3 && (f.unix("created") || named(f, "invalid"))
		}),
		section("bounces", readBounce, func(f *file) bool {
			return f.has("email", "created", "reason", "status") && len(f.columns) == 4
		}),
	}
}

// suppressionLike says whether the columns are those of a suppression list
// that could as well be one of sign-ups.
func (f *file) suppressionLike() bool {
	return f.has("email", "created") && f.only("email", "created", "ip")
}

func readBlock(v *row) {
	v.contact()
	v.say(Claim{Kind: lawful.KindBlocked, Channel: email, System: "SendGrid", Happened: v.at("created")}, "created")
}

func readSpam(v *row) {
	v.contact()
	v.say(Claim{Choice: lawful.Objected, Channel: every, Happened: v.at("created")}, "created")
}

func readUnsubscribe(v *row) {
	v.contact()
	v.say(Claim{Choice: lawful.Withdrawn, Channel: email, Happened: v.at("created")}, "created")
}

func readInvalid(v *row) {
	v.contact()
	v.say(Claim{Kind: lawful.KindUndeliverable, Channel: email, Happened: v.at("created")}, "created")
}

// enhanced finds the status of RFC 3463 behind that of SMTP: 550 5.7.1, 550-5.7.1.
var enhanced = regexp.MustCompile(`^[45][0-9]{2}[ -]([45]\.[0-9]{1,3}\.[0-9]{1,3})\b`)

// readBounce: the status is that of RFC 3463. 4.x.x will pass; 5.7.x is the
// receiver's policy, not the address; the other 5.x.x are final; without a status
// the cause is unknown.
func readBounce(v *row) {
	v.contact()
	c := Claim{Kind: lawful.KindUndeliverable, Channel: email, Happened: v.at("created")}
	status := v.text("status")
	if status == "" {
		reason := v.text("reason")
		status, _, _ = strings.Cut(reason, " ")
		if found := enhanced.FindStringSubmatch(reason); found != nil {
			status = found[1]
		}
	}
	switch {
	case strings.HasPrefix(status, "4"):
		return
	case strings.HasPrefix(status, "5.7"), !strings.HasPrefix(status, "5"):
		c.Kind, c.System = lawful.KindBlocked, "SendGrid"
	}
	v.say(c, "status", "reason")
}

// klaviyo: profiles with their consent, and suppressions.
func klaviyo() []tool {
	return []tool{{
		name: "Klaviyo", utc: true, dates: []string{"emailmarketingconsenttimestamp", "smsmarketingconsenttimestamp"}, read: readKlaviyo,
		is: func(f *file) bool { return f.has("email", "emailmarketingconsent") },
	}}
}

func readKlaviyo(v *row) {
	v.identify(lawful.IDEmail, "email")
	v.identify(lawful.IDPhone, "phonenumber", "phone")
	v.identify(lawful.IDSource, "klaviyoid", "profileid")
	for _, channel := range []string{email, sms} {
		name := channel + "marketingconsent"
		state, i := v.cell(name)
		c := Claim{Channel: channel, Happened: v.at(name + "timestamp")}
		switch Fold(state) {
		case "subscribed", "subscribe", "yes", "true":
			c.Choice = lawful.Given
			v.say(c, name)
		case "unsubscribed":
			c.Choice = lawful.Withdrawn
			v.say(c, name)
		case "", "neversubscribed", "no", "false":
		default:
			v.wrong(i, "this is not a consent state of Klaviyo: SUBSCRIBED, UNSUBSCRIBED, NEVER_SUBSCRIBED")
		}
	}
	v.suppressions("emailsuppressions")
}

// suppressions reads Klaviyo's list of reasons for which it sends no mail.
func (v *row) suppressions(name string) {
	why := Fold(v.text(name))
	switch {
	case why == "" || why == "none" || why == "no" || why == "false":
	case strings.Contains(why, "spamcomplaint"):
		v.say(Claim{Choice: lawful.Objected, Channel: every}, name)
	case strings.Contains(why, "unsubscribe"):
		v.say(Claim{Choice: lawful.Withdrawn, Channel: email}, name)
	case strings.Contains(why, "hardbounce") || strings.Contains(why, "invalidemail"):
		v.say(Claim{Kind: lawful.KindUndeliverable, Channel: email}, name)
	default:
		v.say(Claim{Kind: lawful.KindBlocked, Channel: email, System: "Klaviyo"}, name)
	}
}

// mailUp: its unsubscribers file mixes unsubscribes, bounces and blocks made
// in the console; its number for each is not public, so the cause is unknown.
func mailUp() []tool {
	return []tool{{
		name: "MailUp", section: "unsubscribers", dates: []string{"optoutdate"},
		is: func(f *file) bool {
			return f.has("optoutdate") && f.hasAny("optouttype", "idlist", "optoutnl") && len(f.addressColumns()) == 1
		},
		read: func(v *row) {
			v.contact()
			v.say(Claim{Kind: lawful.KindBlocked, Channel: email, System: "MailUp", Happened: v.at("optoutdate")}, "optoutdate")
		},
	}}
}
