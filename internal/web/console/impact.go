// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"

	"github.com/lecito/lecito/internal/web/console/foresee"
	"github.com/lecito/lecito/internal/web/ui"
)

// look is a page that looks ahead.
func (c *Console) look(do func(*foresee.Pages, http.ResponseWriter, *http.Request, foresee.Visit) error) handler {
	return c.page(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		return do(c.ahead, w, r, foresee.Visit{
			Actor: v.actor, Register: v.register, Locale: v.locale, Now: v.now, Purpose: v.purpose, Frame: v.page,
			Trouble: func(err error) (ui.Text, string) {
				f := failureOf(err)
				return f.Text, f.Detail
			},
		})
	})
}
