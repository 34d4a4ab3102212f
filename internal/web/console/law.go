// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"

	"github.com/lecito/lecito/internal/web/console/lawbook"
)

// law is a page of the law.
func (c *Console) law(do func(lawbook.Pages, http.ResponseWriter, *http.Request, lawbook.Visit) error) handler {
	return c.page(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		return do(lawbook.Pages{UI: c.UI}, w, r, lawbook.Visit{Reader: v.reader(), Register: v.register, Now: v.now, Frame: v.page})
	})
}

// reader is who the law is put into words for.
func (v *visit) reader() lawbook.Reader {
	return lawbook.Reader{Language: v.language, Locale: v.locale, Zone: v.register.Zone, Purpose: v.purpose}
}
