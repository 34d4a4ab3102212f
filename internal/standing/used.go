// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

// Used is a kind of data that somebody wants to use: a name, or an object that
// also says how far back it goes, as an age ("18 months") or as a day.
type Used struct {
	Name  string          `json:"name"`
	Age   register.Period `json:"age,omitempty"`
	Since string          `json:"since,omitempty"`
}

// UnmarshalJSON takes a bare name too.
func (u *Used) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &u.Name)
	}
	type plain Used
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode((*plain)(u))
}

// ParseUsed reads what an address or a command line says: purchases, or purchases=18 months.
func ParseUsed(words []string) []Used {
	var data []Used
	for _, w := range words {
		name, age, _ := strings.Cut(w, "=")
		data = append(data, Used{Name: strings.TrimSpace(name), Age: register.Period(strings.TrimSpace(age))})
	}
	return data
}

// isAge is what an age looks like.
var isAge = regexp.MustCompile(`^[1-9][0-9]{0,3} (day|week|month|year)s?$`)

var errAge = errors.New("say how far back the data goes once: as age (\"18 months\") or as since (2025-05-01)")

// lawful says when the data begins, seen from an instant.
func (u Used) lawful(at time.Time, zone *time.Location) (lawful.Used, error) {
	out := lawful.Used{Name: u.Name}
	if u.Name == "" || u.Age != "" && u.Since != "" {
		return out, errAge
	}
	var since time.Time
	switch {
	case u.Age != "":
		if !isAge.MatchString(string(u.Age)) {
			return out, errAge
		}
		since = u.Age.Lawful().Back(at, zone)
	case u.Since != "":
		var err error
		if since, err = time.ParseInLocation(time.DateOnly, u.Since, zone); err != nil || since.After(at) {
			return out, errAge
		}
	default:
		return out, nil
	}
	since = since.UTC()
	out.Since = &since
	return out, nil
}
