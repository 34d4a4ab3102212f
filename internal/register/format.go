// SPDX-License-Identifier: Apache-2.0

package register

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // time zones are checked the same way on every machine
	"unicode"

	"golang.org/x/text/language"

	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/lawful"
)

// operations are the eighteen operations of the law's list (GDPR art. 4(2)).
func operations() []string {
	return []string{
		"collection", "recording", "organisation", "structuring", "storage", "adaptation", "alteration", "retrieval",
		"consultation", "use", "disclosure_by_transmission", "dissemination", "making_available", "alignment",
		"combination", "restriction", "erasure", "destruction",
	}
}

// bases are the legal bases a purpose may stand on.
func bases() []string {
	return []string{
		lawful.BasisConsent, lawful.BasisContract, lawful.BasisLegalObligation, lawful.BasisVitalInterests,
		lawful.BasisPublicTask, lawful.BasisLegitimateInterests, lawful.BasisSoftOptIn,
	}
}

// sourceKinds are the kinds of source.
func sourceKinds() []string {
	return []string{
		lawful.SourceForm, lawful.SourceShop, lawful.SourceApp, lawful.SourcePhone, lawful.SourceEvent, lawful.SourceSocial,
		lawful.SourceImport, lawful.SourceBought, lawful.SourcePartner, lawful.SourceAcquired, lawful.SourceAPI, lawful.SourceOperator,
	}
}

// Schema gives the JSON Schema (2020-12) of the file. It says less than Parse
// checks: references between declarations, calendar days, countries, languages,
// time zones, and which packs, rules and values of law there are, are beyond it.
func Schema() []byte {
	schema := table().schema()
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["$id"] = "https://lecito.eu/schema/declarations.json"
	schema["title"] = "The file that lecito apply reads"
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil { // maps of strings always encode
		panic(err)
	}
	return append(out, '\n')
}

// table is the shape of the whole file, with its patterns compiled once.
var table = sync.OnceValue(format)

func format() shape {
	return object(
		need("organisation", organisationShape(), "The controller whose data this is (GDPR art. 4(7))."),
		may("notices", list(noticeShape()), "What people are told, in numbered versions. A published version never changes."),
		may("invalid", list(object(
			need("notice", id(), ""),
			need("version", number(1, maxVersion), ""),
			need("reason", paragraph(), ""),
			need("decided_by", line(), ""),
		)), "Notice versions declared invalid: brings down every choice made on them."),
		may("purposes", list(purposeShape()), "What data is used for. A purpose that leaves the file is retired."),
		may("sources", list(sourceShape()), "Where data comes from."),
		may("recipients", list(object(
			need("id", id(), ""),
			may("from", day(), "Holds from this day; without it, for every past instant."),
			need("kind", oneOf("processor", "controller"), ""),
			need("name", line(), ""),
			need("country", country(), ""),
			may("contract", object(need("signed", day(), ""), may("expires", day(), "Its last day.")), ""),
		)), "Who else receives data."),
		may("systems", list(object(
			need("id", id(), ""),
			need("kind", id(), ""),
			may("title", byLanguage(line()), ""),
		)), "Places that hold personal data."),
		may("overrides", list(object(
			need("rule", id(), "The rule of a law pack, such as it.retention.marketing."),
			need("value", line(), ""),
			need("reason", paragraph(), ""),
			need("decided_by", line(), ""),
		)), "Values of a law pack, changed in writing."),
		may("packs", list(object(
			need("id", id(), "A jurisdiction, such as CH or US-CA."),
			need("reason", paragraph(), ""),
			need("decided_by", line(), ""),
		)), "Packs of law that are off because they rest on memory, switched on."),
	)
}

func organisationShape() shape {
	return object(
		need("id", organisationID(), "In addresses, and in the name of its log."),
		need("name", line(), ""),
		need("country", country(), "ISO 3166-1 alpha-2."),
		need("language", languageTag(), "The language people are spoken to in when nothing else is known."),
		need("time_zone", timeZone(), "Days begin and end at its midnight."),
		may("contact", line(), "Where people write about their data."),
		may("safety", byLanguage(paragraph()), "How data are kept safe and what happens when that fails, in plain words; an empty line begins a paragraph."),
		may("evidence_after_erasure", object(
			need("for", period("day", "month", "year"), "At most 30 years. From the day of the erasure."),
			need("ground", line(), "Why, with its article."),
			need("decided_by", line(), ""),
		), "Choices kept as restricted evidence after an erasure (GDPR art. 17(3)(e)); without it, none."),
	)
}

func noticeShape() shape {
	return object(
		need("id", id(), ""),
		need("version", number(1, maxVersion), ""),
		may("from", day(), "The day it was first shown; without it, the moment it is published."),
		may("changes", list(object(
			need("purpose", id(), ""),
			may("effect", oneOf(notice.Inform, notice.Reconsent), "reconsent: a new controller, data, profiling or third party."),
			may("why", paragraph(), ""),
		)), "What this version means for choices made on an earlier one."),
		need("texts", byLanguage(object(may("short", paragraph(), ""), may("long", paragraph(), ""))), ""),
	)
}

func purposeShape() shape {
	named := object(need("name", id(), ""), may("max_age", period("day", "month", "year"), ""))
	bare := id()
	named.or, named.name = &bare, "name"
	return object(
		need("id", id(), ""),
		may("from", day(), "Holds from this day; without it, for every past instant."),
		need("marketing", boolean(), "Stop everything covers every purpose that is marketing."),
		may("title", byLanguage(line()), ""),
		may("description", byLanguage(paragraph()), "What we do, said to a customer."),
		may("benefit", byLanguage(paragraph()), "What the customer gets."),
		need("basis", oneOf(bases()...), "GDPR art. 6(1), ePrivacy art. 13(2)."),
		may("law", line(), "The law, named; required for legal_obligation."),
		may("audience", oneOf("consumers", "business"), "business: people addressed in their profession, on what concerns it; consumers unless said otherwise."),
		may("channels", set(oneOf(lawful.Channels()...)), ""),
		may("data", list(named), ""),
		may("operations", set(oneOf(operations()...)), "GDPR art. 4(2)."),
		may("notice", id(), ""),
		may("evidence", object(
			may("minimum", oneOf("declared", "recorded", "confirmed"), "The weakest proof of a yes; recorded unless said otherwise."),
			may("confirmed_from", day(), "Where double opt-in began."),
		), ""),
		may("confirmation", byKey(oneOf(lawful.Channels()...), oneOf("required", "none")), "Double opt-in, by channel."),
		may("expires", period("month", "year"), "Rarely used: consent does not lapse by time alone."),
		may("retention", object(
			need("from", oneOf("last_activity", "relation_closed", "collection"), ""),
			need("for", period("day", "month", "year"), ""),
		), "GDPR art. 5(1)(e)."),
		may("frequency", object(
			need("max", number(1, 10_000), ""),
			need("per", oneOf("day", "week", "month", "year"), ""),
			may("channels", set(oneOf(lawful.Channels()...)), ""),
		), ""),
		may("recipients", set(id()), "Without it, every recipient below with a contract in force."),
		may("profiling", boolean(), ""),
	)
}

func sourceShape() shape {
	return object(
		need("id", id(), ""),
		may("from", day(), "Holds from this day; without it, for every past instant."),
		need("kind", oneOf(sourceKinds()...), ""),
		may("title", byLanguage(line()), ""),
		may("default", oneOf("ticked", "unticked"), "How its box comes."),
		may("condition_of", line(), "What the yes was a condition of: such a yes is not free."),
		may("purposes", set(id()), "What a yes in its files was given for."),
		may("notice", id(), ""),
		may("accepted", object(
			need("grade", oneOf("declared"), ""),
			need("reason", paragraph(), ""),
			need("decided_by", line(), ""),
			may("dpo_opinion", paragraph(), ""),
			may("until", day(), "The last day."),
		), "The written decision to rely on weak proof of this source."),
		may("licence", object(need("signed", day(), ""), need("expires", day(), "Its last day.")), "Of a list that was rented: its consents end with it."),
	)
}

const (
	maxVersion   = 1_000_000
	maxLine      = 300
	maxParagraph = 200_000
)

func id() shape {
	return checked(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`, "a name of letters, digits, '.', '_' and '-', at most 64", nil)
}

// organisationID has no capitals: it names files, and some systems hold A and a to be the same file.
func organisationID() shape {
	return checked(`^[a-z0-9][a-z0-9._-]{0,63}$`, "a name of small letters, digits, '.', '_' and '-', at most 64", nil)
}

func line() shape {
	return shape{is: "string", free: true, max: maxLine, check: func(s string) string {
		if strings.ContainsFunc(s, unicode.IsControl) {
			return "must be on one line"
		}
		return tooLong(s, maxLine)
	}}
}

func paragraph() shape {
	return shape{is: "string", free: true, max: maxParagraph, check: func(s string) string {
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			return "must hold no control characters"
		}
		return tooLong(s, maxParagraph)
	}}
}

func tooLong(s string, most int) string {
	if len(s) > most && len([]rune(s)) > most {
		return "must be at most " + strconv.Itoa(most) + " characters long"
	}
	return ""
}

func checked(pattern, what string, also func(string) bool) shape {
	re := regexp.MustCompile(pattern)
	return shape{is: "string", pattern: pattern, check: func(s string) string {
		if !re.MatchString(s) || also != nil && !also(s) {
			return "must be " + what
		}
		return ""
	}}
}

func day() shape {
	return checked(`^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$`, "a day, as 2026-01-31", func(s string) bool {
		_, err := time.Parse(time.DateOnly, s)
		return err == nil
	})
}

func period(units ...string) shape {
	pattern := `^[1-9][0-9]{0,3} (` + strings.Join(units, "|") + `)s?$`
	last := len(units) - 1
	return checked(pattern, "a number of "+strings.Join(units[:last], "s, ")+"s or "+units[last]+"s, as \"24 months\"", nil)
}

func country() shape {
	return checked(`^[A-Z]{2}$`, "a country of ISO 3166, as IT (Greece is GR, the United Kingdom GB)", IsCountry)
}

// IsCountry tells whether a code is one of ISO 3166-1 alpha-2, in capitals.
func IsCountry(code string) bool {
	// Withdrawn from ISO 3166 without a successor that the language library would give instead.
	gone := []string{"AN", "CS", "SU", "YU", "ZR", "TP", "BU", "DD", "FX", "NT", "YD"}
	r, err := language.ParseRegion(code)
	return err == nil && r.String() == code && r.IsCountry() && r.Canonicalize() == r && !slices.Contains(gone, code)
}

func languageTag() shape {
	return checked(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`, "a language, as it or de-AT", func(s string) bool {
		tag, err := language.Parse(s)
		return err == nil && tag.String() == s
	})
}

func timeZone() shape {
	return checked(`^[A-Z][A-Za-z0-9_+/-]*$`, "a time zone, as Europe/Rome", func(s string) bool {
		_, err := time.LoadLocation(s)
		return err == nil && s != "Local"
	})
}

func byLanguage(item shape) shape { return byKey(languageTag(), item) }
