// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// numbering is what one country calling code says of the numbers under it.
type numbering struct {
	lengths  uint32   // bit n: a number may have n digits
	prefixes []string // dialled before a number inside the country, and not part of it
}

// numberings are those of the calling codes whose prefixes are plain digits.
// They are read out of the library, whose way through one number costs as much as
// the rest of a decision, when the first number is met.
var numberings = sync.OnceValue(func() *[1000]numbering {
	all := &[1000]numbering{}
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		return all // every number goes the long way
	}
	for _, m := range collection.GetMetadata() {
		code, prefixes := int(m.GetCountryCode()), m.GetNationalPrefixForParsing()
		if phonenumbers.GetRegionCodeForCountryCode(code) != m.GetId() || strings.Trim(prefixes, "0123456789|") != "" {
			continue
		}
		if prefixes != "" {
			all[code].prefixes = strings.Split(prefixes, "|")
		}
		for _, n := range m.GetGeneralDesc().GetPossibleLength() {
			if n > 0 {
				all[code].lengths |= 1 << n
			}
		}
	}
	return all
})

// plainPhone says that a number is written as it is compared: a plus, the calling
// code, and as many digits as there may be, without a prefix of the country's own.
func plainPhone(given []byte) bool {
	if len(given) < 7 || len(given) > 16 || given[0] != '+' || given[1] == '0' {
		return false
	}
	for _, c := range given[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	known, code := numberings(), 0
	for i := 1; i <= 3; i++ {
		code = code*10 + int(given[i]-'0')
		of, number := &known[code], given[i+1:]
		if of.lengths != 0 {
			return of.lengths&(1<<len(number)) != 0 &&
				!slices.ContainsFunc(of.prefixes, func(p string) bool { return bytes.HasPrefix(number, []byte(p)) })
		}
	}
	return false
}
