// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"github.com/lecito/lecito/internal/problem"
)

// txState is what the driver says about a connection.
type txState int

const (
	gone    txState = iota // in no transaction
	spoiled                // in one that can only be rolled back, to a savepoint or whole
	healthy                // in one that can go on
)

// dialect is everything in which the two databases differ.
type dialect struct {
	name             string // of migrations and backups
	workers          int    // batches on their way at the same time
	begin, beginRead string
	migrationLock    string // keeps a second process from migrating at the same time
	keepWriters      int    // connections that stay open with their prepared statements; 0: the driver keeps these
	keepReaders      int
	mostRows         int // of Rows in one statement: a power of two
	connect          func(o Options) (writers, readers *sql.DB, err error)
	text             func(query string, args []any) (string, []any)
	state            func(ctx context.Context, conn *sql.Conn) txState
	ended            func(conn *sql.Conn) <-chan struct{}
	truncate         func(ctx context.Context, conn *sql.Conn) error
	backup           func(ctx context.Context, d *DB, f *os.File) error
	restore          func(ctx context.Context, o Options, path string) error
}

// oneWriter says that one transaction writes at a time. The next batch then begins
// while the callers of the one before are still being told.
func (d dialect) oneWriter() bool { return d.keepWriters == 1 }

func newDialect(o Options) dialect {
	if o.URL != "" {
		return dialect{
			name: "postgres", workers: 2, mostRows: 8192,
			begin:         "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE",
			beginRead:     "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
			migrationLock: "SELECT pg_advisory_xact_lock(7308044206)",
			connect:       connectPostgres, text: textPostgres,
			state: statePostgres, ended: endedPostgres, truncate: truncatePostgres, backup: backupPostgres, restore: restorePostgres,
		}
	}
	return dialect{
		name: "sqlite", workers: 2, keepWriters: 1, keepReaders: readersSQLite, mostRows: 128,
		begin: "BEGIN IMMEDIATE", beginRead: "BEGIN",
		migrationLock: "SELECT 1", // BEGIN IMMEDIATE is the lock
		connect:       connectSQLite, text: textSQLite,
		state: stateSQLite, ended: func(*sql.Conn) <-chan struct{} { return nil }, truncate: truncateSQLite, backup: backupSQLite, restore: restoreSQLite,
	}
}

func connectPostgres(o Options) (writers, readers *sql.DB, err error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil { // it may quote the password
		return nil, nil, problem.New(problem.Invalid, "store_address", "The PostgreSQL address cannot be read. Write it as postgres://user@host/database.")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	if o.Schema != "" {
		config.RuntimeParams["search_path"] = pgx.Identifier{o.Schema}.Sanitize()
	}
	durable := stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		// An answer means durable, whatever the server's default.
		_, err := conn.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
		if err != nil {
			return err
		}
		// A plan kept from when a table was small reads the whole of it later.
		_, err = conn.Exec(ctx, "SET plan_cache_mode = force_custom_plan")
		return err
	})
	writers, readers = stdlib.OpenDB(*config, durable), stdlib.OpenDB(*config, durable)
	writers.SetMaxOpenConns(8) // the workers, and some Alone
	writers.SetMaxIdleConns(8)
	readers.SetMaxOpenConns(16)
	readers.SetMaxIdleConns(16)
	return writers, readers, nil
}

func connectSQLite(o Options) (writers, readers *sql.DB, err error) {
	path, err := storeFile(o.Dir)
	if err != nil {
		return nil, nil, err
	}
	if writers, err = sql.Open("sqlite", addressSQLite(path)); err != nil {
		return nil, nil, err
	}
	if readers, err = sql.Open("sqlite", addressSQLite(path, "query_only(1)")); err != nil {
		return nil, nil, errors.Join(err, writers.Close())
	}
	writers.SetMaxOpenConns(1)
	readers.SetMaxOpenConns(readersSQLite)
	return writers, readers, nil
}

// busyTimeout is how long SQLite waits for a lock, in milliseconds.
const busyTimeout = "5000"

// readersSQLite is how many read at the same time.
const readersSQLite = 8

// addressSQLite keeps temporary tables in memory (temp_store 2) and overwrites
// what is deleted.
func addressSQLite(path string, more ...string) string {
	pragmas := append([]string{
		"busy_timeout(" + busyTimeout + ")", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"secure_delete(1)", "temp_store(2)", "cache_size(-16384)", "wal_autocheckpoint(4000)",
	}, more...)
	query := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

func statePostgres(_ context.Context, conn *sql.Conn) (state txState) {
	_ = conn.Raw(func(c any) error {
		if pg, ok := c.(*stdlib.Conn); ok && !pg.Conn().IsClosed() {
			state = map[byte]txState{'T': healthy, 'E': spoiled}[pg.Conn().PgConn().TxStatus()]
		}
		return nil
	})
	return state
}

// endedPostgres: an interrupted statement closes the connection at once, but the server
// goes on until it hears of it, and holds what it holds.
func endedPostgres(conn *sql.Conn) (ended <-chan struct{}) {
	_ = conn.Raw(func(c any) error {
		if pg, ok := c.(*stdlib.Conn); ok {
			ended = pg.Conn().PgConn().CleanupDone()
		}
		return nil
	})
	return ended
}

// stateSQLite asks by a BEGIN, which only works outside a transaction.
func stateSQLite(ctx context.Context, conn *sql.Conn) txState {
	_, err := conn.ExecContext(ctx, "BEGIN")
	if err == nil {
		_, _ = conn.ExecContext(ctx, "ROLLBACK") // of nothing
		return gone
	}
	if codeOf(err) == "1" {
		return healthy
	}
	return gone
}

func truncatePostgres(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "VACUUM chain, entry, identifier, message, request, request_step, restricted, restricted_identifier, secret")
	return err
}

// truncateSQLite waits for readers by itself: SQLite's own waiting looks again
// after up to a tenth of a second, and an erasure waits for this.
func truncateSQLite(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout(0)"); err != nil {
		return err
	}
	defer func() {
		// Without it the next lock that is held is an error at once, which callers are told.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA busy_timeout("+busyTimeout+")")
	}()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		var busy, frames, moved int
		err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
		if err != nil || busy == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return problem.New(problem.Unavailable, "store_busy", "The store is being read, so its log could not be emptied. Try again in a moment.")
		case <-time.After(time.Millisecond):
		}
	}
}

// codeOf is the database's number for an error, or "".
func codeOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return strconv.Itoa(e.Code())
	}
	return ""
}

// IsConstraint says whether a statement failed because a row with the same key
// exists (SQLite 2067, 1555; PostgreSQL 23505), or because a row it refers to
// does not (787; 23503).
func IsConstraint(err error) bool {
	switch codeOf(err) {
	case "2067", "1555", "787", "23505", "23503":
		return true
	}
	return false
}

// isRetryable: serialisation failure (40001) and deadlock (40P01); SQLite's one writer meets neither.
func isRetryable(err error) bool { return codeOf(err) == "40001" || codeOf(err) == "40P01" }

// isRefused says that a failed COMMIT has stored nothing: a deferred
// constraint, a conflict, a lock (SQLite 5), no transaction (1).
func isRefused(err error) bool {
	code := codeOf(err)
	if IsConstraint(err) || isRetryable(err) || code == "1" || code == "5" {
		return true
	}
	return len(code) == 5 && (strings.HasPrefix(code, "23") || strings.HasPrefix(code, "25"))
}
