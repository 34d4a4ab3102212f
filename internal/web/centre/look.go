// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"net/http"

	"github.com/lecito/lecito/internal/web/ui"
)

// look serves the colour and the logo of an organisation.
func (s *Centre) look(w http.ResponseWriter, r *http.Request) error {
	d, err := s.door(r)
	if err == nil {
		ui.Look(w, r, d.Look)
	}
	return err
}
