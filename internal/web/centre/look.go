// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"net/http"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
)

// look serves the colour and the logo of an organisation.
func (s *Centre) look(w http.ResponseWriter, r *http.Request) error {
	var catalogue *register.Catalogue
	err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		catalogue, err = s.Register.Catalogue(ctx, tx, r.PathValue("org"))
		return err
	})
	if err == nil {
		ui.Look(w, r, catalogue.Look)
	}
	return err
}
