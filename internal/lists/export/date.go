// SPDX-License-Identifier: Apache-2.0

package export

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Order says which comes first in 03/04/2024.
type Order int

// The orders.
const (
	AnyOrder   Order = iota // not known: such a date is refused
	DayFirst                // 3 April
	MonthFirst              // 4 March
)

var (
	errDate  = errors.New("this is not a date Lecito can read")
	errOrder = errors.New("this date can be read in two ways: say which with --map date=dmy or --map date=mdy")
)

// blankDate says whether a cell stands for no date.
func blankDate(text string) bool {
	text = strings.TrimSpace(text)
	return text == "" || strings.HasPrefix(text, "0000-00-00") || strings.EqualFold(text, "null") || text == "-" || text == "0"
}

// ParseTime reads the dates exports hold: ISO 8601 and RFC 3339, day, month
// and year with -, / or ., 12-hour clocks, Unix times, Excel serial numbers. A
// date without a zone is one of the given zone.
func ParseTime(text string, order Order, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if zone == nil {
		zone = time.UTC
	}
	if t, ok := number(text, zone); ok {
		return sane(t)
	}
	d, rest, ok := cut(text)
	if !ok {
		return monthName(text, zone)
	}
	year, month, day := d.n[0], d.n[1], d.n[2]
	if !d.iso {
		switch {
		case d.twoWays() && order == AnyOrder:
			return time.Time{}, errOrder
		case order == MonthFirst && d.sep != '.', order == AnyOrder && d.n[1] > 12:
			year, month, day = d.n[2], d.n[0], d.n[1]
		default:
			year, month, day = d.n[2], d.n[1], d.n[0]
		}
	}
	clock, loc, err := timeOfDay(rest, zone)
	if err != nil {
		return time.Time{}, err
	}
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return time.Time{}, errDate
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, loc)
	return sane(time.Date(t.Year(), t.Month(), t.Day(), clock[0], clock[1], clock[2], clock[3], loc))
}

// sane keeps out what is a number rather than a date.
func sane(t time.Time) (time.Time, error) {
	if y := t.UTC().Year(); y < 1980 || y > 2100 {
		return time.Time{}, errDate
	}
	return t.UTC(), nil
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// number reads Unix seconds and milliseconds, Excel serials (days since
// 1899-12-30), and dates written without separators.
func number(text string, zone *time.Location) (time.Time, bool) {
	whole, fraction, dotted := strings.Cut(text, ".")
	if strings.Trim(whole, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" || whole == "" {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	var layout string
	switch {
	case len(whole) == 5 && n >= 29221: // 1980
		days, _ := strconv.ParseFloat(text, 64) // digits and one point: cannot fail
		seconds := math.Round((days - math.Floor(days)) * 86400)
		return time.Date(1899, 12, 30+int(n), 0, 0, int(seconds), 0, zone), true
	case len(whole) == 9 || len(whole) == 10:
		return time.Unix(n, 0), true
	case len(whole) == 13 && !dotted:
		return time.UnixMilli(n), true
	case len(whole) == 14 && !dotted:
		layout = "20060102150405"
	case len(whole) == 8 && !dotted:
		layout = "20060102"
	default:
		return time.Time{}, false
	}
	t, err := time.ParseInLocation(layout, whole, zone)
	return t, err == nil
}

// triple is the three numbers of a date as they came.
type triple struct {
	n   [3]int
	sep byte
	iso bool // the year comes first
}

// twoWays says whether the first two numbers could change places and mean
// another day. Dates with dots are day first wherever they are used.
func (d triple) twoWays() bool {
	return !d.iso && d.sep != '.' && d.n[0] <= 12 && d.n[1] <= 12 && d.n[0] != d.n[1]
}

// cut takes the three numbers off the front of a text.
func cut(text string) (triple, string, bool) {
	var d triple
	at := 0
	for i := range 3 {
		from := at
		for at < len(text) && text[at] >= '0' && text[at] <= '9' {
			at++
		}
		width := at - from
		if width == 0 || width > 4 || width == 3 {
			return d, "", false
		}
		d.n[i], _ = strconv.Atoi(text[from:at]) // at most four digits
		switch {
		case i == 0:
			d.iso = width == 4
			if at >= len(text) || strings.IndexByte("-/.", text[at]) < 0 {
				return d, "", false
			}
			d.sep = text[at]
			at++
		case i == 1:
			if width > 2 || at >= len(text) || text[at] != d.sep {
				return d, "", false
			}
			at++
		case (width == 4) == d.iso:
			return d, "", false
		}
	}
	return d, text[at:], true
}

// timeOfDay reads what follows a date: nothing, or a time, or one with a zone.
func timeOfDay(rest string, zone *time.Location) ([4]int, *time.Location, error) {
	var none [4]int
	rest = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(rest), "T"), ",")
	rest = strings.ToUpper(strings.TrimSpace(strings.ReplaceAll(rest, "\u202f", " ")))
	if rest == "" {
		return none, zone, nil
	}
	for _, utc := range []string{"UTC", "GMT"} {
		if cut, ok := strings.CutSuffix(rest, utc); ok {
			rest = strings.TrimSpace(cut) + "Z"
		}
	}
	rest = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(rest, " +", "+"), " -", "-"), " Z", "Z")
	rest = strings.ReplaceAll(strings.ReplaceAll(rest, " AM", "AM"), " PM", "PM")
	for _, layout := range []string{
		"15:04:05", "15:04", "15:04:05Z07:00", "15:04Z07:00", "15:04:05Z0700", "15:04:05Z07", "03:04PM", "03:04:05PM", "3:04PM", "3:04:05PM", "15.04", "15.04.05",
	} {
		t, err := time.ParseInLocation(layout, rest, zone)
		if err != nil {
			continue
		}
		loc := zone
		if strings.Contains(layout, "07") {
			_, offset := t.Zone()
			loc = time.FixedZone("", offset)
		}
		return [4]int{t.Hour(), t.Minute(), t.Second(), t.Nanosecond()}, loc, nil
	}
	return none, zone, errDate
}

// monthName reads dates with an English month, and the compact ISO form.
func monthName(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{
		"20060102T150405", "20060102T150405Z07:00", "20060102T150405Z0700",
		"Jan 2, 2006", "Jan 2, 2006 3:04 PM", "Jan 2, 2006 3:04PM", "Jan 2, 2006 15:04", "Jan 2, 2006 15:04:05", "Jan 2 2006", "January 2, 2006", "January 2, 2006 3:04 PM",
		"2 Jan 2006", "2 Jan 2006 15:04", "2 Jan 2006 15:04:05", "2 January 2006", "2 January 2006 15:04", time.RFC1123Z, time.RFC1123,
	} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return sane(t)
		}
	}
	return time.Time{}, errDate
}
