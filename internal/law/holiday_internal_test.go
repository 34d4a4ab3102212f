// SPDX-License-Identifier: Apache-2.0

package law

import "testing"

func TestADayOfTheYearIsReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		"12-25": "2026-12-25", "easter-2": "2026-04-03", "easter": "2026-04-05", "3 monday january": "2026-01-19",
		"last monday may": "2026-05-25", "monday before 05-25": "2026-05-18", "2026-09-19": "2026-09-19",
	} {
		f, err := parseFalling(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, ok := f.in(2026); !ok || got.String() != want {
			t.Errorf("%s falls on %s, want %s", text, got, want)
		}
	}
	for _, bad := range []string{
		"", "13-01", "02-30", "25 december", "easterly", "easter+x", "0 monday may", "5 monday may", "x monday may", "1 moonday may",
		"1 monday maybe", "last monday", "moonday before 05-25", "monday before 05-32", "monday after 05-25",
	} {
		if f, err := parseFalling(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, f)
		}
	}
}

func TestACalendarSaysWhereItIsFrom(t *testing.T) {
	whole := func() *calendarFile {
		says := Cited{Key: "k", Text: "t", Source: "s", Assurance: "memory"}
		return &calendarFile{
			ID: "XX", Name: "X", Zone: "UTC", Roll: Roll{Cited: says}, Source: "s", Assurance: "memory",
			Holidays: []holidayLine{{Name: "Day", On: "05-01"}},
		}
	}
	if err := whole().into(Calendars{}, nil); err != nil {
		t.Fatal(err)
	}
	for name, breaks := range map[string]func(f *calendarFile){
		"zone":           func(f *calendarFile) { f.Zone = "Nowhere/At All" },
		"roll":           func(f *calendarFile) { f.Roll = Roll{} },
		"prompt":         func(f *calendarFile) { f.Prompt.WorkingDays = 3 },
		"arguable":       func(f *calendarFile) { f.Arguable = &Cited{} },
		"source":         func(f *calendarFile) { f.Source = "" },
		"assurance":      func(f *calendarFile) { f.Assurance = "certain" },
		"name":           func(f *calendarFile) { f.Holidays[0].Name = "" },
		"day":            func(f *calendarFile) { f.Holidays[0].On = "someday" },
		"from":           func(f *calendarFile) { f.Holidays[0].From = "2026" },
		"weekend":        func(f *calendarFile) { f.Weekend = "party" },
		"zone of a part": func(f *calendarFile) { f.Parts = map[string]partLine{"XX-Y": {Zone: "Nowhere/At All"}} },
		"day of a town":  func(f *calendarFile) { f.Local = []localLine{{ID: "XX-Y", Holidays: []holidayLine{{Name: "Day"}}}} },
		"without what":   func(f *calendarFile) { f.Local = []localLine{{ID: "XX-Y", Without: []string{"Night"}}} },
	} {
		f := whole()
		breaks(f)
		if err := f.into(Calendars{}, nil); err == nil {
			t.Errorf("a calendar with a wrong %s is read", name)
		}
	}
}
