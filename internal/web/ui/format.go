// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"cmp"
	"fmt"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Locale is how one reader is written to: language, time zone, catalogue.
type Locale struct {
	language string
	zone     *time.Location
	texts    *Texts
}

// Day is an instant of which only the day is said.
type Day struct{ time.Time }

const (
	narrow  = "\u202f" // narrow no-break space
	noBreak = "\u00a0"
)

// customs are how a language writes numbers, days and times.
type customs struct {
	months   [12]string
	weekdays [7]string
	first    string // the first of a month, where it is an ordinal
	comma    string // between the name of a day and its number
	of, year string // between a day and its month, between a month and its year
	at       string // between a day and a time
	clock    string // the layout of a time
	gap      string // between thousands
	four     bool   // a number of four digits has no gap
	decimal  string
	percent  string
}

func customsOf(language string) customs {
	switch language {
	case "it":
		return customs{
			months:   [12]string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
			weekdays: [7]string{"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"},
			first:    "1º", comma: " ", of: noBreak, year: " ", at: " alle ", clock: "15:04", gap: ".", decimal: ",", percent: "%",
		}
	case "fr":
		return customs{
			months:   [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
			weekdays: [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
			first:    "1er", comma: " ", of: noBreak, year: " ", at: " à ", clock: "15" + noBreak + "h" + noBreak + "04",
			gap: narrow, decimal: ",", percent: narrow + "%",
		}
	case "de":
		return customs{
			months:   [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
			weekdays: [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
			comma:    ", ", of: "." + noBreak, year: " ", at: " um ", clock: "15:04" + noBreak + "Uhr", gap: ".", decimal: ",", percent: noBreak + "%",
		}
	case "es":
		return customs{
			months:   [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
			weekdays: [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
			comma:    " ", of: noBreak + "de" + noBreak, year: " de" + noBreak, at: " a las ", clock: "15:04", gap: narrow, four: true, decimal: ",", percent: noBreak + "%",
		}
	}
	return customs{
		months:   [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		comma:    " ", of: noBreak, year: " ", at: ", ", clock: "15:04", gap: narrow, decimal: ".", percent: "%",
	}
}

func (l *Locale) funcs() template.FuncMap {
	return template.FuncMap{
		"t": l.T, "say": l.Say, "lang": func() string { return l.language },
		"number": l.number, "percent": l.Percent,
		"date": l.Date, "day": l.Weekday, "datetime": l.DateTime, "clock": l.Clock, "left": l.Left,
		"iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	}
}

// Number writes a whole number, its thousands apart.
func (l *Locale) Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	c := customsOf(l.language)
	if c.four && len(s) == len("1000") {
		return sign + s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + c.gap + s[i:]
	}
	return sign + s
}

func (l *Locale) number(n any) (string, error) {
	count, ok := whole(n)
	if !ok {
		return "", fmt.Errorf("%T is not a whole number", n)
	}
	return l.Number(count), nil
}

// Percent writes part of whole as a percentage, to the tenth below ten.
func (l *Locale) Percent(part, of any) (string, error) {
	p, ok := whole(part)
	w, also := whole(of)
	if !ok || !also {
		return "", fmt.Errorf("%T of %T is no percentage", part, of)
	}
	if w == 0 {
		return "–", nil
	}
	share := 100 * float64(p) / float64(w)
	s := strconv.FormatFloat(share, 'f', 0, 64)
	if share > 0 && share < 9.95 {
		s = strconv.FormatFloat(share, 'f', 1, 64)
	}
	c := customsOf(l.language)
	return strings.ReplaceAll(s, ".", c.decimal) + c.percent, nil
}

// Date writes the day of an instant: 24 novembre 2026.
func (l *Locale) Date(t time.Time) string {
	t = t.In(l.zone)
	return l.dayOfMonth(t) + customsOf(l.language).year + strconv.Itoa(t.Year())
}

// Weekday writes the day with its name and without its year: martedì 24 novembre.
func (l *Locale) Weekday(t time.Time) string {
	t = t.In(l.zone)
	c := customsOf(l.language)
	return c.weekdays[t.Weekday()] + c.comma + l.dayOfMonth(t)
}

// WeekdayDate writes the day with its name and its year: martedì 24 novembre 2026.
func (l *Locale) WeekdayDate(t time.Time) string {
	return l.Weekday(t) + customsOf(l.language).year + strconv.Itoa(t.In(l.zone).Year())
}

// Month writes the month of an instant with its year, and its first letters:
// novembre 2026, nov.
func (l *Locale) Month(t time.Time) (name, letters string) {
	t = t.In(l.zone)
	c := customsOf(l.language)
	name = c.months[t.Month()-1]
	first := []rune(name)[:3]
	if string(first) == "jui" { // juin and juillet
		first = []rune(name)[:4]
	}
	return name + c.year + strconv.Itoa(t.Year()), string(first)
}

// Clock writes the time of day: 10:05.
func (l *Locale) Clock(t time.Time) string { return t.In(l.zone).Format(customsOf(l.language).clock) }

// DateTime writes day and time: 24 novembre 2026 alle 10:05.
func (l *Locale) DateTime(t time.Time) string {
	return l.Date(t) + customsOf(l.language).at + l.Clock(t)
}

// Left says how long there is until a deadline, by the calendar of the zone:
// "3 days left (Tuesday 24 November)".
func (l *Locale) Left(now, due time.Time) string {
	days := int64(midnight(due, l.zone).Sub(midnight(now, l.zone)).Round(24*time.Hour).Hours() / 24)
	switch {
	case due.Before(now):
		if days == 0 {
			return l.T("ui.left.just_over", l.Clock(due))
		}
		return l.T("ui.left.over", -days, l.Weekday(due))
	case days == 0:
		return l.T("ui.left.today", l.Clock(due))
	}
	return l.T("ui.left.days", days, l.Weekday(due))
}

func midnight(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// dayOfMonth writes a day and its month.
func (l *Locale) dayOfMonth(t time.Time) string {
	c := customsOf(l.language)
	number := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		number = cmp.Or(c.first, number)
	}
	return number + c.of + c.months[t.Month()-1]
}

// value writes an argument of a text.
func (l *Locale) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case Text:
		return l.Say(v)
	case Day:
		return l.Date(v.Time)
	case time.Time:
		return l.DateTime(v)
	}
	if n, ok := whole(v); ok {
		return l.Number(n)
	}
	return fmt.Sprint(v)
}

// whole returns a whole number of whatever type.
func whole(v any) (int64, bool) {
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return r.Int(), true
	case r.CanUint():
		return int64(r.Uint()), true
	}
	return 0, false
}
