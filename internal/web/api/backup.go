// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web"
)

// backup gives a copy of the store. It holds every organisation's data, sealed,
// so a key of one of them does not get it.
func (a *API) backup(w http.ResponseWriter, r *http.Request) error {
	if web.Actor(r.Context()).Kind != access.KindLocal {
		return problem.New(problem.Forbidden, "not_local", "Only who holds the data folder can back it up: run lecito backup on the server's machine.")
	}
	dir, err := os.MkdirTemp("", "lecito-backup-")
	if err != nil {
		return fmt.Errorf("make room for a backup: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "backup")
	if err := a.DB.Backup(r.Context(), path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	w.Header().Set("Content-Type", octets)
	w.Header().Set("Content-Length", fmt.Sprint(info.Size()))
	_, err = io.Copy(w, f)
	return err
}
