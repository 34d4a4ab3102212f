// SPDX-License-Identifier: Apache-2.0

package ui

import (
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

func months(language string) [12]string {
	switch language {
	case "it":
		return [12]string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"}
	case "fr":
		return [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}
	}
	return [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
}

func weekdays(language string) [7]string {
	switch language {
	case "it":
		return [7]string{"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"}
	case "fr":
		return [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	}
	return [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
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
	gap := narrow
	if l.language == "it" {
		gap = "."
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + gap + s[i:]
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
	if l.language != "en" {
		s = strings.ReplaceAll(s, ".", ",")
	}
	if l.language == "fr" {
		return s + narrow + "%", nil
	}
	return s + "%", nil
}

// Date writes the day of an instant: 24 novembre 2026.
func (l *Locale) Date(t time.Time) string {
	t = t.In(l.zone)
	return l.dayOfMonth(t) + noBreak + months(l.language)[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// Weekday writes the day with its name and without its year: martedì 24 novembre.
func (l *Locale) Weekday(t time.Time) string {
	t = t.In(l.zone)
	return weekdays(l.language)[t.Weekday()] + " " + l.dayOfMonth(t) + noBreak + months(l.language)[t.Month()-1]
}

// Clock writes the time of day: 10:05.
func (l *Locale) Clock(t time.Time) string {
	t = t.In(l.zone)
	if l.language == "fr" {
		return t.Format("15"+noBreak) + "h" + noBreak + t.Format("04")
	}
	return t.Format("15:04")
}

// DateTime writes day and time: 24 novembre 2026 alle 10:05.
func (l *Locale) DateTime(t time.Time) string {
	between := ", "
	switch l.language {
	case "it":
		between = " alle "
	case "fr":
		between = " à "
	}
	return l.Date(t) + between + l.Clock(t)
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

// dayOfMonth writes the number of the day; the first is an ordinal where the
// language says so.
func (l *Locale) dayOfMonth(t time.Time) string {
	if t.Day() == 1 {
		switch l.language {
		case "it":
			return "1º"
		case "fr":
			return "1er"
		}
	}
	return strconv.Itoa(t.Day())
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
