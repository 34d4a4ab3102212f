// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/lecito/lecito/lawful"
)

// Subject names a person by one or more identifiers.
type Subject struct {
	Email   string   `json:"email,omitempty"`
	Phone   string   `json:"phone,omitempty"`
	ID      string   `json:"id,omitempty"` // of the source
	Address *Address `json:"address,omitempty"`
	Device  string   `json:"device,omitempty"`
}

// Address is a postal address.
type Address struct {
	Street   string `json:"street,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	City     string `json:"city,omitempty"`
	Region   string `json:"region,omitempty"`
	Country  string `json:"country,omitempty"`
}

// Choices are what somebody decided, with their evidence.
type Choices struct {
	Subject        Subject           `json:"subject"`
	Choices        []Choice          `json:"choices"`
	Source         string            `json:"source,omitempty"`
	Notice         *lawful.NoticeRef `json:"notice,omitempty"`
	At             *time.Time        `json:"at,omitempty"`
	Evidence       *lawful.Evidence  `json:"evidence,omitempty"`
	IdempotencyKey string            `json:"idempotency_key,omitempty"`
}

// Choice is one decision: given, refused, withdrawn, objected or confirmed.
type Choice struct {
	Purpose string `json:"purpose,omitempty"`
	Channel string `json:"channel,omitempty"`
	Choice  string `json:"choice"`
	Data    string `json:"data,omitempty"` // the one kind of data of the purpose it is about
}

// Recorded names what is on record.
type Recorded struct {
	Subject string `json:"subject"` // pseudonym
	Choices []struct {
		ID      string `json:"id"`
		Receipt string `json:"receipt"` // address on the server
	} `json:"choices"`
	Existing bool   `json:"existing"` // recorded before under the same idempotency key
	Receipt  string `json:"receipt"`  // of a public key: a token, and nothing else
}

// Record records choices of one subject. It returns once they are durable.
func (c *Client) Record(ctx context.Context, choices Choices) (Recorded, error) {
	return call[Recorded](ctx, c, request{method: http.MethodPost, path: "/v1/choices"}, choices)
}

// Facts are what else a decision needs to know of a subject.
type Facts struct {
	Subject        Subject `json:"subject,omitzero"`
	Facts          []Fact  `json:"facts"`
	Source         string  `json:"source,omitempty"`
	IdempotencyKey string  `json:"idempotency_key,omitempty"`
}

// Fact is one fact, with the fields of its kind.
type Fact struct {
	Kind           string    `json:"kind"`
	At             time.Time `json:"at"`
	Channel        string    `json:"channel,omitempty"`
	Purpose        string    `json:"purpose,omitempty"`
	Act            string    `json:"act,omitempty"`
	Date           string    `json:"date,omitempty"`
	Age            int       `json:"age,omitempty"`
	Country        string    `json:"country,omitempty"`
	Register       string    `json:"register,omitempty"`
	Signal         string    `json:"signal,omitempty"`
	Outcome        string    `json:"outcome,omitempty"`
	Products       []string  `json:"products,omitempty"`
	SimilarTo      []string  `json:"similar_to,omitempty"`
	AddressGiven   bool      `json:"address_given,omitempty"`
	Informed       bool      `json:"informed,omitempty"`
	RefusalOffered bool      `json:"refusal_offered,omitempty"`
	EasyRevocation bool      `json:"easy_revocation,omitempty"`
	Topics         []string  `json:"topics,omitempty"` // of a preference
	Rhythm         string    `json:"rhythm,omitempty"`
}

// RecordedFacts names what is on record.
type RecordedFacts struct {
	Subject  string   `json:"subject"`
	Facts    []string `json:"facts"` // ids of the entries
	Existing bool     `json:"existing"`
}

// RecordFacts records facts about one subject.
func (c *Client) RecordFacts(ctx context.Context, facts Facts) (RecordedFacts, error) {
	return call[RecordedFacts](ctx, c, request{method: http.MethodPost, path: "/v1/facts"}, facts)
}

// Receipt returns the signed receipt of a choice, by its id or a receipt token.
func (c *Client) Receipt(ctx context.Context, id string) ([]byte, error) {
	return c.bytes(ctx, request{method: http.MethodGet, path: "/v1/receipts/" + url.PathEscape(id)})
}

// ReceiptText returns a receipt in words, in it, en, fr, de or es.
func (c *Client) ReceiptText(ctx context.Context, id, language string) (string, error) {
	raw, err := c.bytes(ctx, request{
		method: http.MethodGet, path: "/v1/receipts/" + url.PathEscape(id), accept: "text/plain",
		header: http.Header{"Accept-Language": {language}},
	})
	return string(raw), err
}

// Person is a subject with what they hold.
type Person struct {
	ID          string       `json:"id"`
	Linked      []string     `json:"linked"`
	Identifiers []Identifier `json:"identifiers"`
	Preferences []Preference `json:"preferences"`
	DataRefused []Refused    `json:"data_refused"`
}

// Preference is how somebody likes what is done for a purpose: read it after a
// decision that permits. Topics are all of them where they chose none.
type Preference struct {
	Purpose string     `json:"purpose"`
	Topics  []string   `json:"topics"`
	Rhythm  string     `json:"rhythm"`
	Chosen  *time.Time `json:"chosen"` // nil: they never did
	Entry   string     `json:"entry"`
}

// Refused is a kind of data that somebody does not want used for a purpose.
type Refused struct {
	Purpose string    `json:"purpose"`
	Data    string    `json:"data"`
	Since   time.Time `json:"since"`
	Entry   string    `json:"entry"`
}

// Identifier is an identifier on record.
type Identifier struct {
	Subject string `json:"subject"`
	Kind    string `json:"kind"`
	Value   string `json:"value"`
	Source  string `json:"source"`
	Holder  string `json:"holder"`
}

// Subjects tells who holds an identifier. source says whose number an id is.
func (c *Client) Subjects(ctx context.Context, who Subject, source string) ([]Person, error) {
	q := query("email", who.Email, "phone", who.Phone, "id", who.ID, "device", who.Device, "source", source)
	out, err := call[struct {
		Subjects []Person `json:"subjects"`
	}](ctx, c, request{method: http.MethodGet, path: "/v1/subjects", query: q}, nil)
	return out.Subjects, err
}

// Subject returns one subject.
func (c *Client) Subject(ctx context.Context, id string) (Person, error) {
	return call[Person](ctx, c, request{method: http.MethodGet, path: "/v1/subjects/" + url.PathEscape(id)}, nil)
}

// Entry is one entry of a subject's history.
type Entry struct {
	ID       string      `json:"id"`
	Subject  string      `json:"subject"`
	Seq      int64       `json:"seq"`
	Happened time.Time   `json:"happened"`
	Recorded time.Time   `json:"recorded"`
	Fact     lawful.Fact `json:"fact"`
}

// History returns everything on record about a subject and those linked to it.
func (c *Client) History(ctx context.Context, id string) ([]Entry, error) {
	out, err := call[struct {
		Entries []Entry `json:"entries"`
	}](ctx, c, request{method: http.MethodGet, path: "/v1/subjects/" + url.PathEscape(id) + "/history"}, nil)
	return out.Entries, err
}

// Link says that two subjects are one person.
func (c *Client) Link(ctx context.Context, id, other string) error {
	_, err := call[struct{}](ctx, c, request{method: http.MethodPost, path: "/v1/subjects/" + url.PathEscape(id) + "/links"}, map[string]string{"other": other})
	return err
}

// Unlink takes a link back.
func (c *Client) Unlink(ctx context.Context, id, other string) error {
	_, err := call[struct{}](ctx, c, request{method: http.MethodDelete, path: "/v1/subjects/" + url.PathEscape(id) + "/links/" + url.PathEscape(other)}, nil)
	return err
}

// SetHolder says whose an identifier of a subject is: person, shared or organisation.
func (c *Client) SetHolder(ctx context.Context, id string, held Identifier) error {
	_, err := call[struct{}](ctx, c, request{method: http.MethodPut, path: "/v1/subjects/" + url.PathEscape(id) + "/holder"},
		map[string]string{"kind": held.Kind, "value": held.Value, "source": held.Source, "holder": held.Holder})
	return err
}

// Erasure says whom to erase, and how.
type Erasure struct {
	Subject Subject `json:"subject"`
	Source  string  `json:"source,omitempty"`
	Request string  `json:"request,omitempty"` // the request it answers
	Forget  bool    `json:"forget,omitempty"`  // leave no tombstone
}

// Erased is what an erasure would do, or did.
type Erased struct {
	Subjects  []string `json:"subjects"`
	Destroyed struct {
		Identifiers map[string]int `json:"identifiers"`
		Choices     int            `json:"choices"`
		Facts       int            `json:"facts"`
	} `json:"destroyed"`
	Suppressed struct {
		Tombstones int        `json:"tombstones"`
		Until      *time.Time `json:"until,omitempty"`
	} `json:"suppressed"`
	Kept []struct {
		Ground string    `json:"ground"`
		Until  time.Time `json:"until"`
		Count  int       `json:"count"`
	} `json:"kept"`
	Requests struct {
		Closed int `json:"closed"`
		Open   int `json:"open"`
	} `json:"requests"` // told by a plan
	Everywhere  time.Time `json:"everywhere"`
	Explanation []string  `json:"explanation"`
	Entry       string    `json:"entry,omitempty"` // none for a plan
	Stage       string    `json:"stage,omitempty"`
}

// PlanErasure tells what an erasure would do.
func (c *Client) PlanErasure(ctx context.Context, e Erasure) (Erased, error) {
	return call[Erased](ctx, c, request{method: http.MethodPost, path: "/v1/erasures"}, struct {
		Erasure
		Plan bool `json:"plan"`
	}{e, true})
}

// Erase erases a person.
func (c *Client) Erase(ctx context.Context, e Erasure) (Erased, error) {
	return call[Erased](ctx, c, request{method: http.MethodPost, path: "/v1/erasures"}, e)
}

// Opening says whose restricted evidence to open, and why. The reason stays on record.
type Opening struct {
	Subject Subject `json:"subject"`
	Source  string  `json:"source,omitempty"`
	Reason  string  `json:"reason"`
}

// Opened is the restricted evidence that was found.
type Opened struct {
	Entry    string `json:"entry"` // that records the opening
	Evidence []struct {
		Entry    string    `json:"entry"`
		Chain    string    `json:"chain"`
		Seq      int64     `json:"seq"`
		Position *int64    `json:"position,omitempty"`
		Happened time.Time `json:"happened"`
		Recorded time.Time `json:"recorded"`
		Payload  []byte    `json:"payload"` // the exact bytes that the log commits to, with the salt
		Salt     []byte    `json:"salt"`
		Until    time.Time `json:"until"`
	} `json:"evidence"`
}

// OpenRestricted opens what an erasure left as restricted evidence. An API key can't.
func (c *Client) OpenRestricted(ctx context.Context, o Opening) (Opened, error) {
	return call[Opened](ctx, c, request{method: http.MethodPost, path: "/v1/restricted"}, o)
}
