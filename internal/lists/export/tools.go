// SPDX-License-Identifier: Apache-2.0

package export

import (
	"slices"
	"strings"

	"github.com/lecito/lecito/lawful"
)

// tool is one export of one tool. Column names are folded.
type tool struct {
	name    string
	section string
	utc     bool     // its dates without a zone are UTC
	order   Order    // of its dates, where the tool fixes it
	dates   []string // columns read as dates
	is      func(*file) bool
	read    func(*row)
}

const confirmIP = "confirmip"

// tools lists what is recognised, the most particular first: the first that
// matches counts.
func tools() []tool {
	list := slices.Concat(mailchimp(), sendGrid(), klaviyo(), mailUp())
	return append(
		list,
		tool{name: "Brevo", is: isBrevo, read: readBrevo},
		tool{name: "Shopify", is: isShopify, read: readShopify},
		tool{name: "HubSpot", is: isHubSpot, read: readHubSpot},
		tool{name: "Google Contacts", is: isGoogle, read: readGoogle},
		tool{name: "listmonk", section: "subscribers", is: isListmonkExport, read: readListmonk},
		tool{
			name: "listmonk", section: "import file", read: readPlain,
			is: func(f *file) bool { return f.has("email", "name", "attributes") && len(f.columns) == 3 },
		},
		tool{name: "Kit", is: isKit, read: readKit},
		tool{
			name: "systeme.io", read: readPlain,
			is: func(f *file) bool {
				return f.has("email", "firstname", "surname", "dateregistered") && f.saysChoice() == ""
			},
		},
		tool{name: "contacts", is: isPlain, read: readPlain},
	)
}

// contact adds the e-mail address and phones of a row by their usual names.
func (v *row) contact() {
	v.identify(lawful.IDEmail, v.emails...)
	v.identify(lawful.IDPhone, v.phones...)
}

// isPlain recognises a list of contacts: one column of addresses by its name,
// and none that seems to hold a choice.
func isPlain(f *file) bool {
	addresses := len(f.addressColumns())
	return (addresses == 1 || addresses == 0 && f.hasAny(phoneNames()...)) && f.saysChoice() == "" && !f.suppressionLike()
}

func readPlain(v *row) { v.contact() }

// mailchimp: one file for each state of a member. The columns of subscribed
// and never subscribed members are the same, so the name of the file is asked.
func mailchimp() []tool {
	base := func(f *file) bool {
		return len(f.addressColumns()) == 1 && (f.has("leid", "euid") || f.has("optintime", "confirmtime") || f.has("memberrating", "lastchanged"))
	}
	dates := []string{"optintime", "confirmtime", "unsubtime", "cleantime"}
	section := func(name string, is func(*file) bool, read func(*row)) tool {
		return tool{
			name: "Mailchimp", section: name, utc: true, dates: dates, read: read,
			is: func(f *file) bool { return base(f) && is(f) },
		}
	}
	never := section("non-subscribed", func(f *file) bool { return strings.HasPrefix(f.name, "nonsubscribed") }, readPlain)
	never.dates = nil
	return []tool{
		section("cleaned", func(f *file) bool { return f.has("cleantime") || strings.HasPrefix(f.name, "cleaned") }, readCleaned),
		section("unsubscribed", func(f *file) bool { return f.has("unsubtime") || strings.HasPrefix(f.name, "unsubscribed") }, readUnsubscribed),
		never,
		section("subscribed", func(*file) bool { return true }, readSubscribed),
	}
}

// readSubscribed: OPTIN_TIME is when a form was filled in, from OPTIN_IP; it is
// empty for imported members. CONFIRM_TIME is always filled: for single opt-in
// it repeats OPTIN_TIME, for imports it is the time of the import. So it is a
// confirmation only when it is later than an opt-in.
func readSubscribed(v *row) {
	v.contact()
	optin, confirm := v.at("optintime"), v.at("confirmtime")
	ip, cip := v.text("optinip"), v.text(confirmIP)
	bulk := v.bulk[cip]
	switch {
	case optin != nil:
		c := Claim{Choice: lawful.Given, Channel: email, Happened: optin, IP: ip, Dated: ip != "" && !bulk, Bulk: bulk}
		if confirm != nil && confirm.After(*optin) && !bulk {
			c.Confirmed, c.ConfirmIP = confirm, cip
		}
		v.say(c, "optintime")
	case confirm != nil:
		v.say(Claim{Choice: lawful.Given, Channel: email, ConfirmIP: cip, Bulk: bulk}, "confirmtime")
	}
}

func readUnsubscribed(v *row) {
	v.contact()
	c := Claim{Choice: lawful.Withdrawn, Channel: email, Happened: v.at("unsubtime")}
	why := strings.ToLower(v.text("unsubreason"))
	if strings.Contains(why, "abuse") || strings.Contains(why, "spam") || strings.Contains(why, "complain") {
		c.Choice, c.Channel = lawful.Objected, every
	}
	v.say(c, "unsubtime", "unsubreason")
}

func readCleaned(v *row) {
	v.contact()
	v.say(Claim{Kind: lawful.KindUndeliverable, Channel: email, Happened: v.at("cleantime")}, "cleantime")
}

func isBrevo(f *file) bool {
	return f.hasAny("emailblacklisted", "smsblacklisted") && f.hasAny("email", "sms")
}

// readBrevo: a blacklisted contact unsubscribed, bounced, complained or was
// blocked by hand; the export does not say which.
func readBrevo(v *row) {
	v.identify(lawful.IDEmail, v.emails...)
	for _, name := range []string{"sms", "smsnumber"} {
		number := strings.TrimPrefix(v.text(name), "'")
		if number != "" && strings.Trim(number, "0123456789 ") == "" {
			number = "+" + strings.TrimPrefix(number, "00") // Brevo writes the country code without a plus
		}
		v.add(lawful.IDPhone, number)
	}
	v.identify(lawful.IDSource, "extid")
	for _, c := range []struct{ column, channel string }{{"emailblacklisted", email}, {"smsblacklisted", sms}} {
		if v.flagged(c.column) {
			v.say(Claim{Kind: lawful.KindBlocked, Channel: c.channel, System: "Brevo"}, c.column)
		}
	}
	for _, name := range []string{"doubleoptin", "optin"} {
		if v.flaggedBrevo(name) {
			v.say(Claim{Choice: lawful.Given, Channel: email}, name)
			break
		}
	}
}

// flaggedBrevo reads a Brevo category attribute: 1 is yes, 2 is no.
func (v *row) flaggedBrevo(name string) bool {
	return v.text(name) != "2" && v.flagged(name)
}

func isShopify(f *file) bool {
	return f.has("email") && f.hasAny("acceptsemailmarketing", "acceptsmarketing") && f.hasAny("customerid", "totalspent", "totalorders", "taxexempt")
}

// readShopify: the phone of the default address may be a neighbour's or the
// courier's; only the customer's own counts.
func readShopify(v *row) {
	v.identify(lawful.IDEmail, "email")
	v.identify(lawful.IDPhone, "phone")
	v.identify(lawful.IDSource, "customerid")
	flag := func(channel string, names ...string) {
		if v.flagged(names...) {
			v.say(Claim{Choice: lawful.Given, Channel: channel}, names...)
		}
	}
	flag(email, "acceptsemailmarketing", "acceptsmarketing")
	flag(sms, "acceptssmsmarketing")
}

func isHubSpot(f *file) bool {
	return f.has("email") && f.hasAny("recordid", "contactid") && f.hasAny("lifecyclestage", "leadstatus", "contactowner", "createdate", "marketingcontactstatus")
}

// readHubSpot: who opted out of one kind of e-mail is taken to have opted out of all.
func readHubSpot(v *row) {
	v.identify(lawful.IDEmail, "email")
	v.identify(lawful.IDPhone, "phonenumber", "mobilephonenumber")
	v.identify(lawful.IDSource, "recordid", "contactid")
	if v.flagged("unsubscribedfromallemail") {
		v.say(Claim{Choice: lawful.Withdrawn, Channel: email}, "unsubscribedfromallemail")
	}
	for _, name := range v.header {
		if key := Fold(name); strings.HasPrefix(key, "optedoutofemail") && v.flagged(key) {
			v.say(Claim{Choice: lawful.Withdrawn, Channel: email}, key)
			break
		}
	}
	if v.text("emailhardbouncereason", "hardbouncereason") != "" {
		v.say(Claim{Kind: lawful.KindUndeliverable, Channel: email}, "emailhardbouncereason", "hardbouncereason")
	} else if v.flagged("invalidemailaddress") {
		v.say(Claim{Kind: lawful.KindUndeliverable, Channel: email}, "invalidemailaddress")
	}
}

func isGoogle(f *file) bool {
	return f.has("email1value") || f.has("phone1value") && f.hasAny("labels", "groupmembership", "fileas")
}

func readGoogle(v *row) {
	for _, name := range v.header {
		key := Fold(name)
		if !strings.HasSuffix(key, "value") {
			continue
		}
		switch {
		case strings.HasPrefix(key, "email"):
			v.identify(lawful.IDEmail, key)
		case strings.HasPrefix(key, "phone"):
			v.identify(lawful.IDPhone, key)
		}
	}
}

func isListmonkExport(f *file) bool {
	return f.has("email", "status") && f.hasAny("uuid", "attributes", "subscriptionstatus") &&
		(f.has("attributes") || f.all("status", "enabled", "disabled", "blocklisted", "blacklisted"))
}

// readListmonk: a list's subscription, when it is in the file, says more than
// the state of the subscriber.
func readListmonk(v *row) {
	v.contact()
	status, i := v.cell("status")
	yes := false
	switch Fold(status) {
	case "blocklisted", "blacklisted", "disabled":
		v.say(Claim{Kind: lawful.KindBlocked, Channel: email, System: "listmonk"}, "status")
	case "enabled":
		yes = true
	case "":
	default:
		v.wrong(i, "this is not a status of listmonk: enabled, disabled, blocklisted")
	}
	list, i := v.cell("subscriptionstatus")
	switch Fold(list) {
	case "unsubscribed":
		v.say(Claim{Choice: lawful.Withdrawn, Channel: email}, "subscriptionstatus")
		return
	case "unconfirmed":
		return // asked, never answered, or single opt-in: not known
	case "confirmed", "":
	default:
		v.wrong(i, "this is not a subscription status of listmonk: confirmed, unconfirmed, unsubscribed")
	}
	if yes {
		v.say(Claim{Choice: lawful.Given, Channel: email}, "subscriptionstatus", "status")
	}
}

// kitStates are the states Kit, once ConvertKit, gives a subscriber.
func kitStates() []string {
	return []string{"active", "inactive", "bounced", "cancelled", "canceled", "unsubscribed", "complained", "unconfirmed"}
}

func isKit(f *file) bool {
	return f.has("email", "status", "createdat", "firstname") && (len(f.sample) == 0 || f.all("status", kitStates()...))
}

// readKit: created_at is when the subscriber was made, by a form or an import,
// so it dates no act.
func readKit(v *row) {
	v.contact()
	status, i := v.cell("status")
	switch Fold(status) {
	case "active":
		v.say(Claim{Choice: lawful.Given, Channel: email}, "status")
	case "bounced":
		v.say(Claim{Kind: lawful.KindUndeliverable, Channel: email}, "status")
	case "cancelled", "canceled", "unsubscribed":
		v.say(Claim{Choice: lawful.Withdrawn, Channel: email}, "status")
	case "complained":
		v.say(Claim{Choice: lawful.Objected, Channel: every}, "status")
	case "inactive", "unconfirmed", "":
	default:
		v.wrong(i, "this is not a status of Kit: active, inactive, bounced, cancelled, complained")
	}
}
