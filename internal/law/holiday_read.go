// SPDX-License-Identifier: Apache-2.0

package law

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

//go:embed holidays/*.yaml
var holidayFiles embed.FS

// Calendars are the calendars by jurisdiction.
type Calendars map[string]*Calendar

// ReadCalendars reads the calendars the program carries.
func ReadCalendars() (Calendars, error) {
	names, err := fs.Glob(holidayFiles, "holidays/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list calendars: %w", err)
	}
	files := map[string]*calendarFile{}
	for _, name := range names {
		raw, err := holidayFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read calendar %s: %w", path.Base(name), err)
		}
		f := &calendarFile{}
		decoder := yaml.NewDecoder(bytes.NewReader(raw))
		decoder.KnownFields(true)
		if err := decoder.Decode(f); err != nil {
			return nil, fmt.Errorf("read calendar %s: %w", path.Base(name), err)
		}
		files[f.ID] = f
	}
	out := Calendars{}
	for _, f := range files {
		if err := f.into(out, files); err != nil {
			return nil, fmt.Errorf("read calendar %s: %w", f.ID, err)
		}
	}
	return out, nil
}

// Of is the calendar of a jurisdiction, written in either case. A part of a
// country without one of its own has its country's.
func (cs Calendars) Of(jurisdiction string) (*Calendar, error) {
	id := strings.ToUpper(jurisdiction)
	if c, ok := cs[id]; ok {
		return c, nil
	}
	if country, _, part := strings.Cut(id, "-"); part {
		if c, ok := cs[country]; ok {
			return c, nil
		}
	}
	return nil, problem.Newf(problem.Invalid, "unknown_jurisdiction", "no such jurisdiction; known are: %s", listed(slices.Sorted(maps.Keys(cs))))
}

func listed(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// calendarFile is a file of holidays.
type calendarFile struct {
	ID        string              `yaml:"id"`
	Name      string              `yaml:"name"`
	Zone      string              `yaml:"zone"`
	Base      string              `yaml:"base"` // who says the next three instead
	Roll      Roll                `yaml:"roll"`
	Prompt    Prompt              `yaml:"prompt"`
	Arguable  *Cited              `yaml:"arguable"`
	Weekend   string              `yaml:"weekend"` // for holidays that do not say
	Source    string              `yaml:"source"`
	Assurance string              `yaml:"assurance"`
	Holidays  []holidayLine       `yaml:"holidays"` // none: not known
	Parts     map[string]partLine `yaml:"parts"`    // jurisdictions that count with these holidays, in a zone of their own
	Local     []localLine         `yaml:"local"`
}

type partLine struct {
	Name string `yaml:"name"`
	Zone string `yaml:"zone"`
}

type localLine struct {
	ID       string        `yaml:"id"`
	Name     string        `yaml:"name"`
	Without  []string      `yaml:"without"`
	Holidays []holidayLine `yaml:"holidays"`
}

type holidayLine struct {
	Name      string `yaml:"name"`
	On        string `yaml:"on"`
	From      string `yaml:"from"`
	To        string `yaml:"to"`
	Not       []int  `yaml:"not"`
	Weekend   string `yaml:"weekend"`
	Source    string `yaml:"source"`
	Assurance string `yaml:"assurance"`
}

func (f *calendarFile) into(out Calendars, files map[string]*calendarFile) error {
	c := Calendar{ID: f.ID, Name: f.Name, Complete: len(f.Holidays) > 0}
	var err error
	if c.Zone, err = time.LoadLocation(f.Zone); err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	says := f
	if base, ok := files[f.Base]; ok {
		says = base
	}
	c.Roll, c.Prompt, c.Arguable = says.Roll, says.Prompt, says.Arguable
	if !c.Roll.whole() || c.Prompt.WorkingDays != 0 && !c.Prompt.whole() || c.Arguable != nil && !c.Arguable.whole() {
		return errors.New("how it counts needs key, text, source and how sure it is")
	}
	if c.holidays, err = f.holidays(f.Holidays); err != nil {
		return err
	}
	for _, l := range f.Local {
		days, err := f.holidays(l.Holidays)
		if err != nil {
			return fmt.Errorf("%s: %w", l.ID, err)
		}
		for _, name := range l.Without {
			if !slices.ContainsFunc(c.holidays, func(h holiday) bool { return h.name == name }) {
				return fmt.Errorf("%s: there is no %s to be without", l.ID, name)
			}
		}
		c.local = append(c.local, locality{l.ID, l.Name, l.Without, days})
	}
	out[f.ID] = &c
	for id, p := range f.Parts {
		part := c
		part.ID, part.Name = id, p.Name
		if part.Zone, err = time.LoadLocation(p.Zone); err != nil {
			return fmt.Errorf("%s: zone: %w", id, err)
		}
		if _, own := files[id]; !own {
			out[id] = &part
		}
	}
	return nil
}

func (f *calendarFile) holidays(lines []holidayLine) ([]holiday, error) {
	var out []holiday
	for _, l := range lines {
		h := holiday{
			name: l.Name, not: l.Not, weekend: oneOf(l.Weekend, f.Weekend, weekendLost),
			source: oneOf(l.Source, f.Source), assurance: oneOf(l.Assurance, f.Assurance),
		}
		if h.name == "" || h.source == "" || !assured(h.assurance) {
			return nil, fmt.Errorf("holiday %q needs a name, a source and how sure it is", l.Name)
		}
		if !slices.Contains([]string{weekendLost, weekendNext, weekendNearest, weekendSunday}, h.weekend) {
			return nil, fmt.Errorf("%s: %q is no way to keep it", l.Name, h.weekend)
		}
		var err error
		if h.on, err = parseFalling(l.On); err != nil {
			return nil, fmt.Errorf("%s: %w", l.Name, err)
		}
		for text, day := range map[string]*Day{l.From: &h.from, l.To: &h.to} {
			if text == "" {
				continue
			}
			if *day, err = ParseDay(text); err != nil {
				return nil, fmt.Errorf("%s: %w", l.Name, err)
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// oneOf is the first text that is not empty.
func oneOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func assured(word string) bool {
	return slices.Contains([]string{lawful.AssuranceVerified, lawful.AssuranceSecondary, lawful.AssuranceComputed, lawful.AssuranceMemory}, word)
}

// falling says on which day of a year a holiday falls.
type falling struct {
	year    int          // only in that year
	easter  bool         // so many days from Easter Sunday
	month   time.Month   // else: in this month,
	day     int          // on this day, or, with a weekday, the last such weekday before it,
	nth     int          // or the nth such weekday, counted from the end when negative
	weekday time.Weekday // with before or nth
	before  bool
	offset  int
}

func (r falling) in(year int) (Day, bool) {
	switch {
	case r.year != 0:
		return NewDay(r.year, r.month, r.day), r.year == year
	case r.easter:
		return easter(year) + Day(r.offset), true
	case r.before:
		d := NewDay(year, r.month, r.day) - 1
		return d - Day((d.Weekday()-r.weekday+daysOfWeek)%daysOfWeek), true
	case r.nth > 0:
		d := NewDay(year, r.month, 1)
		return d + Day((r.weekday-d.Weekday()+daysOfWeek)%daysOfWeek) + Day((r.nth-1)*daysOfWeek), true
	case r.nth < 0:
		d := NewDay(year, r.month+1, 0)
		return d - Day((d.Weekday()-r.weekday+daysOfWeek)%daysOfWeek), true
	}
	return NewDay(year, r.month, r.day), true
}

// parseFalling reads "12-25", "2022-09-19", "easter", "easter-2", "3 monday january",
// "last monday may" and "monday before 05-25".
func parseFalling(text string) (falling, error) {
	if after, ok := strings.CutPrefix(text, "easter"); ok {
		if after == "" {
			return falling{easter: true}, nil
		}
		n, err := strconv.Atoi(after)
		return falling{easter: true, offset: n}, wrong(text, err)
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return falling{year: t.Year(), month: t.Month(), day: t.Day()}, nil
	}
	words := strings.Fields(text)
	if len(words) != 3 {
		t, err := time.Parse("01-02", text)
		return falling{month: t.Month(), day: t.Day()}, wrong(text, err)
	}
	if words[1] == "before" {
		t, err := time.Parse("01-02", words[2])
		day, ok := weekday(words[0])
		return falling{before: true, weekday: day, month: t.Month(), day: t.Day()}, wrong(text, err, ok)
	}
	day, ok := weekday(words[1])
	month, known := monthNamed(words[2])
	nth := -1
	var err error
	if words[0] != "last" {
		if nth, err = strconv.Atoi(words[0]); nth < 1 || nth > 4 {
			ok = false
		}
	}
	return falling{nth: nth, weekday: day, month: month}, wrong(text, err, ok, known)
}

// wrong is an error when there was one, or when something that had to hold did not.
func wrong(text string, err error, holds ...bool) error {
	if err != nil || slices.Contains(holds, false) {
		return fmt.Errorf("%q says no day of the year", text)
	}
	return nil
}

func weekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), name) {
			return d, true
		}
	}
	return 0, false
}

func monthNamed(name string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(m.String(), name) {
			return m, true
		}
	}
	return 0, false
}
