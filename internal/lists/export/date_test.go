// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/lists/export"
	"github.com/lecito/lecito/internal/problem"
)

func rome(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestDatesAsExportsWriteThem(t *testing.T) {
	for _, c := range []struct {
		text  string
		order export.Order
		want  string // UTC; empty: refused
	}{
		{"2024-03-15", export.AnyOrder, "2024-03-14T23:00:00Z"},
		{"2024-03-15 14:30", export.AnyOrder, "2024-03-15T13:30:00Z"},
		{"2024-07-15 14:30:05", export.AnyOrder, "2024-07-15T12:30:05Z"},
		{"2024/07/15 14:30", export.AnyOrder, "2024-07-15T12:30:00Z"},
		{"2024-07-15T14:30:05Z", export.AnyOrder, "2024-07-15T14:30:05Z"},
		{"2024-07-15T14:30:05.123+02:00", export.AnyOrder, "2024-07-15T12:30:05Z"},
		{"2024-07-15 14:30:05 UTC", export.AnyOrder, "2024-07-15T14:30:05Z"},
		{"2024-07-15 14:30:05 +0200", export.AnyOrder, "2024-07-15T12:30:05Z"},
		{"12-04-2022 09:30", export.DayFirst, "2022-04-12T07:30:00Z"},
		{"15/03/2024", export.AnyOrder, "2024-03-14T23:00:00Z"},
		{"3/15/2024 2:30 PM", export.AnyOrder, "2024-03-15T13:30:00Z"},
		{"3/4/2024 12:05 AM", export.MonthFirst, "2024-03-03T23:05:00Z"},
		{"03/03/2024", export.AnyOrder, "2024-03-02T23:00:00Z"},
		{"3.4.2024", export.AnyOrder, "2024-04-02T22:00:00Z"},
		{"1700000000", export.AnyOrder, "2023-11-14T22:13:20Z"},
		{"1700000000000", export.AnyOrder, "2023-11-14T22:13:20Z"},
		{"45366", export.AnyOrder, "2024-03-14T23:00:00Z"},
		{"45366.5", export.AnyOrder, "2024-03-15T11:00:00Z"},
		{"20240315", export.AnyOrder, "2024-03-14T23:00:00Z"},
		{"Mar 15, 2024", export.AnyOrder, "2024-03-14T23:00:00Z"},
		{"3/4/2024", export.AnyOrder, ""},
		{"15/03/2024", export.MonthFirst, ""},
		{"30/02/2024", export.DayFirst, ""},
		{"2024-13-01", export.AnyOrder, ""},
		{"2024-03-15 25:00", export.AnyOrder, ""},
		{"15/03/24", export.DayFirst, ""},
		{"1850-01-01", export.AnyOrder, ""},
		{"yesterday", export.AnyOrder, ""},
		{"42", export.AnyOrder, ""},
	} {
		got := ""
		if at, err := export.ParseTime(c.text, c.order, rome(t)); err == nil {
			got = at.Truncate(time.Second).Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
	}
}

func mapped(t *testing.T, spec string) *export.Map {
	t.Helper()
	m, err := export.ParseMap(spec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheOrderOfDatesIsThatOfTheWholeFile(t *testing.T) {
	const spec = "email=mail,given_at=when"
	for name, c := range map[string]struct{ dates, spec, want string }{
		"one tells":      {"03/04/2024 15/03/2024", spec, "2024-04-03"},
		"one tells US":   {"03/04/2024 3/15/2024", spec, "2024-03-04"},
		"none tells":     {"03/04/2024 05/06/2024", spec, "ambiguous_dates"},
		"both":           {"03/04/2024 15/03/2024 3/15/2024", spec, "mixed_dates"},
		"told":           {"03/04/2024", spec + ",date=mdy", "2024-03-04"},
		"no order to it": {"2024-04-03 03/03/2024", spec, "2024-04-03"},
	} {
		r, err := export.Recognise([]string{"mail", "when"}, nil, export.Options{Map: mapped(t, c.spec)})
		if err != nil {
			t.Fatal(err)
		}
		s := r.Survey()
		for d := range strings.FieldsSeq(c.dates) {
			s.Add([]string{"a@example.com", d})
		}
		if got := settled(r, s, strings.Fields(c.dates)[0]); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// settled gives the day a date is read as once the survey is done, or the code
// of the problem it ends with.
func settled(r *export.Reader, s *export.Survey, date string) string {
	if _, err := s.Finish(); err != nil {
		return problem.As(err).Code
	}
	claims, _ := r.Row(2, []string{"a@example.com", date})
	return claims.Choices[0].Happened.Format(time.DateOnly)
}

func TestOneConfirmationAddressOnManyRowsProvesNothing(t *testing.T) {
	header := []string{"Email Address", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LEID", "EUID"}
	row := func(i int, ip string) []string {
		return []string{fmt.Sprintf("p%d@example.com", i), "2024-01-01 00:00:00", "192.0.2.1", "2024-01-01 00:05:00", ip, "1", "2"}
	}
	r, err := export.Recognise(header, nil, export.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Survey()
	for i := range 10000 {
		ip := fmt.Sprintf("198.51.%d.%d", i/250, i%250)
		if i%10 == 0 {
			ip = "203.0.113.9"
		}
		s.Add(row(i, ip))
	}
	found, err := s.Finish()
	if err != nil || len(found) != 1 || found[0].IP != "203.0.113.9" || found[0].Rows < 990 {
		t.Fatalf("got %+v, %v; want the one address", found, err)
	}
	bulk, _ := r.Row(2, row(0, "203.0.113.9"))
	if c := bulk.Choices[0]; !c.Bulk || c.Dated || c.Confirmed != nil {
		t.Errorf("got %+v, want it marked and neither dated nor confirmed", c)
	}
	own, _ := r.Row(3, row(1, "198.51.100.1"))
	if c := own.Choices[0]; c.Bulk || !c.Dated || c.Confirmed == nil {
		t.Errorf("got %+v, want a dated, confirmed yes", c)
	}
}

func TestAFewPeopleMayShareAnAddress(t *testing.T) {
	r, err := export.Recognise([]string{"Email Address", "OPTIN_TIME", "CONFIRM_IP", "LEID", "EUID"}, nil, export.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := r.Survey()
	for range export.BulkRows - 1 {
		s.Add([]string{"a@example.com", "", "192.0.2.1", "", ""})
	}
	if found, err := s.Finish(); err != nil || len(found) != 0 {
		t.Errorf("got %+v, %v; want nothing", found, err)
	}
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{"2024-03-15", "15/03/2024 2:30 PM", "1700000000", "45366.5", "2024-07-15T14:30:05.123+02:00", "0000-00-00", "Mar 15, 2024", "99999999999999"} {
		f.Add(seed, 0)
	}
	f.Fuzz(func(t *testing.T, text string, order int) {
		at, err := export.ParseTime(text, export.Order(order%3), nil)
		if err == nil && (at.Year() < 1980 || at.Year() > 2100 || at.Location() != time.UTC) {
			t.Fatalf("got %s", at)
		}
	})
}
