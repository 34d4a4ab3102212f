// SPDX-License-Identifier: Apache-2.0

package lawbook

import (
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Particulars says what a fact that is no choice holds besides its kind.
func (r Reader) Particulars(f lawful.Fact) ui.Text {
	switch f.Kind {
	case lawful.KindSale:
		return r.sale(f)
	case lawful.KindRegisterChecked, lawful.KindRegisterListed:
		return ui.Say("console.story.register", Register(f.Register))
	case lawful.KindSignal:
		return r.signal(f.Signal)
	case lawful.KindBalancingTest:
		return ui.Say("console.story.holds", r.Purpose(f.Purpose), ui.Say("console.story."+f.Outcome))
	case lawful.KindActivity:
		return r.act(f.Act)
	case lawful.KindResidence:
		return ui.Verbatim(r.country(f.Country))
	case lawful.KindBirthDate:
		return r.born(f.Date)
	case lawful.KindDeclaredAge:
		return ui.Say("console.story.years", f.Age)
	case lawful.KindPreference:
		liked := slices.Clone(f.Topics)
		if f.Rhythm != "" {
			liked = append(liked, f.Rhythm)
		}
		return ui.Say("console.story.liked", r.Purpose(f.Purpose), strings.Join(liked, ", "))
	case lawful.KindHolder:
		return ui.Say("console.holder." + f.Outcome)
	case lawful.KindLinked, lawful.KindUnlinked:
		return ui.Verbatim("…" + f.Other[max(0, len(f.Other)-12):])
	case lawful.KindRelationOpened:
		if f.EasyRevocation {
			return ui.Say("console.story.easy")
		}
	}
	switch {
	case f.Channel != "" && f.System != "":
		return ui.Say("console.story.in", ui.Say("channel."+f.Channel), f.System)
	case f.Channel != "" && f.Purpose != "":
		return ui.Say("console.story.about", r.Purpose(f.Purpose), ui.Say("channel."+f.Channel))
	case f.Channel != "":
		return ui.Say("channel." + f.Channel)
	}
	return ui.Text{}
}

// sale says what was bought, and which conditions of the soft opt-in were met in it.
func (r Reader) sale(f lawful.Fact) ui.Text {
	var parts []ui.Text
	if len(f.Products) > 0 {
		parts = append(parts, ui.Say("console.story.bought", strings.Join(f.Products, ", ")))
	}
	if f.AddressGiven {
		parts = append(parts, ui.Say("console.story.given"))
	}
	if f.Informed {
		parts = append(parts, ui.Say("console.story.informed"))
	}
	if f.RefusalOffered {
		parts = append(parts, ui.Say("console.story.refusal"))
	}
	var similar []string
	for _, id := range f.SimilarTo {
		similar = append(similar, r.Purpose(id))
	}
	if len(similar) > 0 {
		parts = append(parts, ui.Say("console.story.similar", strings.Join(similar, ", ")))
	}
	var out ui.Text
	for i, part := range parts {
		if i == 0 {
			out = part
			continue
		}
		out = ui.Say("console.story.holds", out, part)
	}
	return out
}

// signal names what a browser sent.
func (r Reader) signal(name string) ui.Text {
	if name == "gpc" {
		return ui.Say("law.topic.signal.gpc")
	}
	return ui.Verbatim(name)
}

// act names an activity; one the source made up stands for itself.
func (r Reader) act(act string) ui.Text {
	switch act {
	case "purchase", "click", "login", "profile", "contact":
		return ui.Say("law.word." + act)
	}
	return ui.Verbatim(strings.ReplaceAll(act, "_", " "))
}

// country names a country whose law is known, else by its code.
func (r Reader) country(code string) string {
	if pack, err := law.Find(code); err == nil {
		title, _ := r.in(pack.Title)
		return title
	}
	return code
}

// born writes a date of birth.
func (r Reader) born(date string) ui.Text {
	day, err := time.ParseInLocation(time.DateOnly, date, r.Zone)
	if err != nil {
		return ui.Verbatim(date)
	}
	return ui.Verbatim(r.Locale.Date(day))
}
