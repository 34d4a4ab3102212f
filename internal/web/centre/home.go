// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
)

// Declared tells what an organisation declares: the host its links lead to, for one.
type Declared interface {
	Catalogue(ctx context.Context, r db.Reader, org string) (*register.Catalogue, error)
}

// At makes links lead to the host that each organisation declares for itself.
func (l *Links) At(declared Declared) *Links {
	l.declared = declared
	return l
}

// home is where the pages of an organisation are reached: the host of its own
// passes calls on to this server, so where none can be read ours does as well.
func (l *Links) home(ctx context.Context, r db.Reader, org string) string {
	if l.declared == nil {
		return l.base
	}
	c, err := l.declared.Catalogue(ctx, r, org)
	if err != nil || c.Look.Domain == "" {
		return l.base
	}
	return "https://" + c.Look.Domain
}
