// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/lawful"
)

// Receipt is what a person gets for a choice: a consent record and receipt in
// the shape of ISO/IEC TS 27560:2023, with its fields' names. It concerns one
// subject, names no operator, and shows the network address cut by CutIP.
//
// It does not open its log entry, because the payload shows who recorded it and
// the whole address; it proves that an entry with this commitment is in the log
// and attests what the entry says.
type Receipt struct {
	Head
	SchemaVersion string     `json:"schema_version"`   // SchemaVersion27560
	DPVVersion    string     `json:"dpv_version"`      // of the vocabulary the IRIs belong to; they are written without it
	ReceiptID     string     `json:"receipt_id"`       // of this receipt
	RecordID      string     `json:"record_id"`        // of the choice on record
	Principal     string     `json:"pii_principal_id"` // pseudonym of the subject: the chain of the entry
	Seq           int64      `json:"seq"`              // place of the entry in that chain
	Index         int64      `json:"index"`            // place of the entry in the log
	Commitment    string     `json:"commitment"`       // of the entry, base64
	Processing    Processing `json:"processing"`       // 27560 6.3.4
	Parties       []Party    `json:"party"`            // 27560 6.3.6
	Event         Event      `json:"event"`            // 27560 6.3.7
}

// Versions of what a receipt follows.
const (
	SchemaVersion27560 = "ISO/IEC TS 27560:2023"
	DPVVersion         = "2.0"
)

// Namespaces of the Data Privacy Vocabulary, without version.
const (
	DPV     = "https://w3id.org/dpv#"
	DPVGDPR = "https://w3id.org/dpv/legal/eu/gdpr#"
)

// What a receipt says where nothing else is declared. In the file it stands in
// English; Text puts it into the reader's language.
const (
	RetentionByNotice = "as the notice says"
	ValidityOfYes     = "until withdrawn: time alone does not end it"
	ValidityOfNo      = "until a later yes of the person"
)

// ValidUntil is the validity of a choice that lapses.
func ValidUntil(end time.Time) string { return "until " + end.UTC().Format(time.RFC3339) }

// Until tells when a choice lapses, where it does.
func (e Event) Until() (end time.Time, lapses bool) {
	end, err := time.Parse(time.RFC3339, strings.TrimPrefix(e.Validity, "until "))
	return end, err == nil && ValidUntil(end) == e.Validity
}

// WithdrawalAt is how to change one's mind with whoever has that contact.
func WithdrawalAt(contact string) string {
	return "in the preference centre, by the link in every message, or by writing to " + contact
}

// Processing is what the choice is about (27560, 6.3.4 and 6.3.5).
type Processing struct {
	Notice       ReceiptNotice    `json:"privacy_notice"`
	Language     string           `json:"language"` // in which it was put to the person, BCP 47
	Purposes     []ReceiptPurpose `json:"purposes"`
	Data         []PII            `json:"pii_information"`
	Controllers  []string         `json:"pii_controllers"`             // party_id
	Collection   string           `json:"collection_method,omitempty"` // checkbox, paper_form, ...
	Storage      []string         `json:"storage_locations"`           // countries, ISO 3166-1 alpha-2
	Retention    string           `json:"retention_period"`            // as declared, in Language, or RetentionByNotice
	Jurisdiction string           `json:"jurisdiction"`                // ISO 3166-1 alpha-2
	Recipients   []string         `json:"recipient_third_parties"`
	Withdrawal   string           `json:"withdrawal_method"` // how to say no again, in words or as a link without a token
	Rights       []string         `json:"privacy_rights,omitempty"`
}

// ReceiptNotice names the text that was shown. All is empty where a choice
// needs no notice (a refusal, a withdrawal, an objection).
type ReceiptNotice struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Digest  string `json:"digest,omitempty"` // SHA-256 of the texts, base64
}

// ReceiptPurpose is one purpose the choice covers.
type ReceiptPurpose struct {
	ID          string `json:"id"`
	Title       string `json:"title"` // in Processing.Language
	LawfulBasis string `json:"lawful_basis,omitempty"`
}

// PII is one kind of data (27560, 6.3.5).
type PII struct {
	Type     string `json:"pii_type"`
	Optional bool   `json:"pii_optional"`
}

// Party is somebody with a part in the processing (27560, 6.3.6).
type Party struct {
	ID      string `json:"party_id"`
	Address string `json:"party_address"`
	Name    string `json:"party_name"`
	Contact string `json:"party_contact"`
	Type    string `json:"party_type"` // controller or processor
}

// Event is the choice itself (27560, 6.3.7), and what else it was recorded with.
type Event struct {
	Time      time.Time `json:"event_time"`           // when it happened, as stated by EntityID
	Undated   bool      `json:"undated,omitempty"`    // the act has no date of its own; Time is when the file was exported
	Validity  string    `json:"validity_duration"`    // ValidityOfYes, ValidityOfNo or ValidUntil
	EntityID  string    `json:"entity_id"`            // who stated it: one of lawful's actors
	Type      string    `json:"event_type"`           // IRI, see EventType
	State     string    `json:"event_state"`          // IRI, see ConsentState
	Choice    string    `json:"choice"`               // lawful's word: given, refused, withdrawn, objected, confirmed
	Channel   string    `json:"channel,omitempty"`    // empty: every channel
	Source    string    `json:"source,omitempty"`     // where it came from
	Grade     string    `json:"grade,omitempty"`      // of the evidence
	Text      string    `json:"text,omitempty"`       // the words agreed to
	Network   string    `json:"network,omitempty"`    // CutIP of the address
	UserAgent string    `json:"user_agent,omitempty"` // of the browser
	Recorded  time.Time `json:"recorded"`             // by the server
}

// ConsentState is the DPV status that a choice leaves consent in. An objection
// ends consent as a withdrawal does; "" for a word that is no choice.
func ConsentState(choice string) string {
	switch choice {
	case lawful.Given, lawful.Confirmed:
		return DPV + "ConsentGiven"
	case lawful.Refused:
		return DPV + "ConsentRefused"
	case lawful.Withdrawn, lawful.Objected:
		return DPV + "ConsentWithdrawn"
	}
	return ""
}

// EventType is what DPV calls the act. It has a type of consent for a yes, and
// for the no to being asked for one; a withdrawal and an objection are none, but
// something a person does. "" for a word that is no choice.
func EventType(choice string) string {
	switch choice {
	case lawful.Given, lawful.Confirmed, lawful.Refused:
		return DPV + "ExpressedConsent"
	case lawful.Withdrawn:
		return DPV + "WithdrawConsent"
	case lawful.Objected:
		return DPV + "ObjectingToProcess"
	}
	return ""
}

// ConsentPending is the DPV status of a yes that is not confirmed yet.
const ConsentPending = DPV + "ConsentRequested"

// consentStates are those of DPV 2.0 (consent_status).
func consentStates() []string {
	return []string{
		"ConsentUnknown", "ConsentRequested", "ConsentRequestDeferred", "ConsentRefused", "ConsentGiven",
		"ConsentExpired", "ConsentInvalidated", "ConsentRevoked", "ConsentWithdrawn", "RenewedConsentGiven",
	}
}

// BasisIRI is the GDPR legal basis in DPV's words; "" where it is none of
// article 6(1), as for the soft opt-in of the ePrivacy directive.
func BasisIRI(basis string) string {
	letter := map[string]string{
		lawful.BasisConsent: "a", lawful.BasisContract: "b", lawful.BasisLegalObligation: "c",
		lawful.BasisVitalInterests: "d", lawful.BasisPublicTask: "e", lawful.BasisLegitimateInterests: "f",
	}[basis]
	if letter == "" {
		return ""
	}
	return DPVGDPR + "A6-1-" + letter
}

// RightIRIs are the rights a receipt can name (GDPR arts 7(3), 15 to 22, 77).
func RightIRIs() []string {
	articles := []string{"A7-3", "A15", "A16", "A17", "A18", "A20", "A21", "A22", "A77"}
	for i := range articles {
		articles[i] = DPVGDPR + articles[i]
	}
	return articles
}

// CutIP keeps the network of an address and drops the host: /24 of IPv4, /48
// of IPv6. What is no address gives "".
func CutIP(ip string) string {
	addr, err := netip.ParseAddr(strings.TrimSpace(ip))
	if err != nil {
		return ""
	}
	addr = addr.Unmap().WithZone("")
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// checkReceipt checks the statement and the commitment it stands on.
func (v *verification) checkReceipt(r *Receipt, e envelope) error {
	v.verdict.Receipt = r
	if err := r.check(); err != nil {
		return fail(areaStatement, err.Error())
	}
	if len(e.Entries) != 0 || e.Sealed == nil {
		return fail(areaFormat, "a receipt opens no entry and points at one")
	}
	if e.Sealed.Commitment != r.Commitment {
		return fail(areaStatement, "the commitment is not the one the statement names")
	}
	raw, err := decodeBase64(r.Commitment, tlog.HashSize)
	if err != nil {
		return fail(areaStatement, "commitment: "+err.Error())
	}
	index, err := v.include(e.Sealed.Proof, LeafHash(Entry([32]byte(raw))))
	if err != nil {
		return fail(areaLog, "the receipt's entry: "+err.Error())
	}
	if index != r.Index {
		return fail(areaLog, "the receipt's entry is at another place in the log than the statement says")
	}
	v.tellReceipt(r)
	return nil
}

// check demands the fields that 27560 makes mandatory.
func (r *Receipt) check() error {
	p, e := r.Processing, r.Event
	missing := map[string]bool{
		"schema_version": r.SchemaVersion != SchemaVersion27560, "receipt_id": r.ReceiptID == "", "record_id": r.RecordID == "",
		"pii_principal_id": r.Principal == "", "seq": r.Seq < 1,
		"language": p.Language == "", "purposes": p.Purposes == nil, // empty for an objection where nothing was declared
		"pii_information": p.Data == nil, "pii_controllers": len(p.Controllers) == 0,
		"storage_locations": p.Storage == nil, "retention_period": p.Retention == "", "jurisdiction": p.Jurisdiction == "",
		"recipient_third_parties": p.Recipients == nil, "withdrawal_method": p.Withdrawal == "",
		"party": len(r.Parties) == 0, "event_time": e.Time.IsZero(), "validity_duration": e.Validity == "", "entity_id": e.EntityID == "",
		"event_type": e.Type == "", "recorded": e.Recorded.IsZero(), "choice": ConsentState(e.Choice) == "",
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) { // the same verdict each time
		if missing[name] {
			return fmt.Errorf("%s must be given", name)
		}
	}
	if !slices.Contains(consentStates(), strings.TrimPrefix(e.State, DPV)) {
		return errors.New("event_state is none of DPV's")
	}
	if e.Network != "" {
		prefix, err := netip.ParsePrefix(e.Network)
		if err != nil || CutIP(prefix.Addr().String()) != e.Network {
			return errors.New("network must be an address cut to its network")
		}
	}
	return nil
}
