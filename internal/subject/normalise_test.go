// SPDX-License-Identifier: Apache-2.0

package subject_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

func TestSpellingsOfOneIdentifierAreOne(t *testing.T) {
	for _, c := range []struct{ kind, country, given, want string }{
		{"email", "IT", "  Anna.Rossi@Posta.Example ", "anna.rossi@posta.example"},
		{"email", "IT", "anna@MÜNCHEN.example", "anna@xn--mnchen-3ya.example"},
		{"email", "IT", "anna@mu\u0308nchen.example", "anna@xn--mnchen-3ya.example"},
		{"email", "IT", "nicolo\u0300@posta.example", "nicolò@posta.example"},
		{"email", "IT", "anna@posta.example.", "anna@posta.example"},
		{"email", "IT", "anna.rossi+negozio@posta.example", "anna.rossi+negozio@posta.example"},
		{"email", "DE", "Straße@posta.example", "straße@posta.example"}, // and not strasse@
		{"email", "IT", "annarossi@posta.example", "annarossi@posta.example"},
		{"phone", "IT", "333 123 4567", "+393331234567"},
		{"phone", "IT", "+39 (333) 123-4567", "+393331234567"},
		{"phone", "IT", "0039 333 1234567", "+393331234567"},
		{"phone", "IT", "055 234567", "+39055234567"},
		{"phone", "FR", "06 12 34 56 78", "+33612345678"},
		{"phone", "IT", "+33 6 12 34 56 78", "+33612345678"},
		{"phone", "FR", "+39 333 123 4567", "+393331234567"},
		{"id", "IT", " crm-42 ", "crm-42"},
		{"device", "IT", "aBc", "aBc"},
		{"address", "IT", `{"street":"Via  Roma, 1","city":"FIRENZE","postcode":"50100"}`, "via roma 1|50100|firenze||"},
	} {
		got, err := subject.Normalise(c.kind, c.given, "crm", c.country)
		if err != nil || got.Value != c.want {
			t.Errorf("%s %q: %q, %v, want %q", c.kind, c.given, got.Value, err, c.want)
		}
	}
}

func TestWhatIsNoIdentifierIsNotRepeated(t *testing.T) {
	for _, c := range [][2]string{
		{"email", "rosannasecret"}, {"email", "@posta.example"}, {"email", "secret@"}, {"email", "secret@localhost"},
		{"email", "sec ret@posta.example"}, {"email", "secret<x@posta.example"}, {"email", strings.Repeat("secret", 20) + "@posta.example"},
		{"email", "secret@posta..example"}, {"email", "sec\x00ret@posta.example"}, {"email", "secret@-posta.example"},
		{"phone", "secret"}, {"phone", "12"}, {"phone", "+39 333 123 4567 8901 2345 secret"}, {"id", strings.Repeat("secret", 100)},
		{"address", "secret"}, {"address", `{"city":"secret"}`}, {"device", "sec\nret"}, {"fax", "secret"},
	} {
		_, err := subject.Normalise(c[0], c[1], "crm", "IT")
		p := problem.As(err)
		if p == nil || p.Kind != problem.Invalid || len(p.Places) != 1 {
			t.Errorf("%s %q: %v, want it refused with its place", c[0], c[1], err)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the problem repeats what was given: %v", c[0], err)
		}
	}
}

// FuzzAppendPlain holds the short way of normalising to the long one: what it
// takes, Normalise takes, and it comes out the same.
func FuzzAppendPlain(f *testing.F) {
	for _, seed := range []string{
		"anna@posta.example", "Anna.Rossi+x@Posta.Example", "a@b.c", "a@b", "a@@b.c", "@b.c", "a@b..c", "a@.b.c", "a@b.c.", "a@-b.c", "a@b-.c",
		"a@xn--mnchen-3ya.example", "a@xn--.example", "a@ab--c.example", "a@a---b.example", "a b@c.d", "a\"b@c.d", "a@b_c.d", "à@b.c", "a@b.C ", "A@127.0.0.1",
		strings.Repeat("a", 64) + "@b.c", strings.Repeat("a", 65) + "@b.c", "a@" + strings.Repeat("b", 63) + ".c", "a@" + strings.Repeat("b", 64) + ".c",
		"+393331234567", "+39055234567", "+4903012345678", "+493012345678", "+33612345678", "+330612345678", "+12125550123", "+112125550123", "+79991234567", "+800123", "+99912345678", "+3933312345678901",
		"a@" + strings.Repeat("b.", 125) + "cc", "a@" + strings.Repeat("b.", 126) + "cc", "'42", " 42", "x\x7f", strings.Repeat("x", 256), strings.Repeat("x", 257), "",
	} {
		f.Add(seed)
	}
	f.Fuzz(alike)
}

// TestPlainFormsOnRandomAddresses is the same on what looks like an address.
func TestPlainFormsOnRandomAddresses(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		given := make([]byte, 3+r.IntN(20))
		for i := range given {
			given[i] = "aaBn1x.-@@"[r.IntN(10)]
		}
		if r.IntN(4) == 0 {
			given[r.IntN(len(given))] = byte(r.IntN(256))
		}
		alike(t, string(given))
	}
}

func alike(t *testing.T, given string) {
	t.Helper()
	for _, kind := range []string{lawful.IDEmail, lawful.IDSource, lawful.IDDevice, lawful.IDPhone, lawful.IDAddress, "fax"} {
		got, ok := subject.AppendPlain([]byte("before"), kind, []byte(given))
		if !ok {
			if string(got) != "before" {
				t.Errorf("%s %q: left %q behind", kind, given, got)
			}
			continue
		}
		want, err := subject.Normalise(kind, given, "crm", "IT")
		if kind == lawful.IDPhone { // Normalise takes the short way too
			want.Value, err = byLibrary(given, "IT")
		}
		if err != nil || string(got) != "before"+want.Value {
			t.Errorf("%s %q: got %q, Normalise says %q, %v", kind, given, got, want.Value, err)
		}
	}
}

func byLibrary(given, country string) (string, error) {
	number, err := phonenumbers.Parse(given, country)
	if err == nil && !phonenumbers.IsPossibleNumber(number) {
		err = errors.New("not possible")
	}
	return phonenumbers.Format(number, phonenumbers.E164), err
}

// TestPlainPhonesAreTheLibrarys draws numbers of every country and none.
func TestPlainPhonesAreTheLibrarys(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	short := map[string]int{}
	for code := range 1000 {
		for range 200 {
			given := []byte("+" + strconv.Itoa(code))
			for range 2 + r.IntN(14) {
				given = append(given, "0012345678998"[r.IntN(13)])
			}
			if _, ok := subject.AppendPlain(nil, lawful.IDPhone, given); !ok {
				continue
			}
			short[phonenumbers.GetRegionCodeForCountryCode(code)]++
			for _, country := range []string{"IT", "DE", "US", "RU", ""} {
				if want, err := byLibrary(string(given), country); err != nil || want != string(given) {
					t.Errorf("%s from %q: the library says %q, %v", given, country, want, err)
				}
			}
		}
	}
	for _, country := range []string{"AT", "BE", "CH", "DE", "DK", "ES", "FR", "GB", "GR", "IE", "IT", "NL", "PL", "PT", "SE", "US"} {
		if short[country] == 0 {
			t.Errorf("no number of %s is taken the short way", country)
		}
	}
}

// TestPlainAddressesAreTakenTheShortWay: were none of them, nothing else would tell.
func TestPlainAddressesAreTakenTheShortWay(t *testing.T) {
	for _, given := range []string{"anna@posta.example", "Anna.Rossi+negozio@Posta-1.Example.it"} {
		if got, ok := subject.AppendPlain(nil, lawful.IDEmail, []byte(given)); !ok || string(got) != strings.ToLower(given) {
			t.Errorf("%s: %q, %v", given, got, ok)
		}
	}
}

func BenchmarkAppendPlain(b *testing.B) {
	given, to := []byte("Francesca.0012345@Posta.example"), make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		to, _ = subject.AppendPlain(to[:0], lawful.IDEmail, given)
	}
}

func TestANumberBelongsToItsSource(t *testing.T) {
	a, errA := subject.Normalise("id", "42", "crm", "IT")
	b, errB := subject.Normalise("id", "42", "checkout", "IT")
	if errA != nil || errB != nil || a.Identifier == b.Identifier {
		t.Errorf("two sources' numbers are one: %+v, %v, %v", a.Identifier, errA, errB)
	}
	if _, err := subject.Normalise("id", "42", "", "IT"); !problem.Is(err, problem.Invalid) {
		t.Errorf("a number of nobody: %v", err)
	}
}

func TestRoleMailboxesAndCertifiedMailAreAnOrganisations(t *testing.T) {
	for value, want := range map[string]string{
		"info@posta.example": subject.HolderOrganisation, "amministrazione@posta.example": subject.HolderOrganisation,
		"anna@pec.it": subject.HolderOrganisation, "ditta@legalmail.it": subject.HolderOrganisation,
		"ditta@pec.ditta.example": subject.HolderOrganisation,
		"anna@posta.example":      subject.HolderPerson, "informa@posta.example": subject.HolderPerson, "anna@pecora.example": subject.HolderPerson,
	} {
		if got := subject.HolderOf(lawful.Identifier{Kind: "email", Value: value}); got != want {
			t.Errorf("%s is held by %s, want %s", value, got, want)
		}
	}
}
