// SPDX-License-Identifier: Apache-2.0

package law

import (
	"bytes"
	_ "embed"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Authority is whom a person can always complain to (GDPR art. 77).
type Authority struct {
	Country   string `yaml:"country"` // ISO 3166
	Name      string `yaml:"name"`
	Address   string `yaml:"address"`
	Phone     string `yaml:"phone"`
	Email     string `yaml:"email"`
	Web       string `yaml:"web"`
	Complaint string `yaml:"complaint"` // its form for complaints
	// Parts says that each part of the country has an authority of its own, and
	// this one tells which.
	Parts  bool   `yaml:"parts"`
	Source string `yaml:"source"` // where this was read
}

//go:embed authorities.yaml
var authorities []byte

// readAuthorities reads the file once: it is part of the program.
var readAuthorities = sync.OnceValues(func() (map[string]Authority, error) {
	var all []Authority
	decoder := yaml.NewDecoder(bytes.NewReader(authorities))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		return nil, err
	}
	by := make(map[string]Authority, len(all))
	for _, a := range all {
		by[a.Country] = a
	}
	return by, nil
})

// AuthorityOf is the authority of a country; false where none is known here. It
// panics when the file can't be read, which no test lets into a program.
func AuthorityOf(country string) (Authority, bool) {
	all, err := readAuthorities()
	if err != nil {
		panic(err)
	}
	a, ok := all[strings.ToUpper(country)]
	return a, ok
}
