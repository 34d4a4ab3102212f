// SPDX-License-Identifier: Apache-2.0

package db

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A backup of PostgreSQL is one file:
//
//	lecito-backup/v1\n
//	one line of JSON: the checksums of the store's migrations, and its tables
//	for each table, in that order: blocks of a length (4 bytes, big endian) and
//	  as many bytes, ended by the length 0; together the table in the text
//	  format of PostgreSQL's COPY
//	SHA-256 of all the above (32 bytes)
//
// The tables come in the order they were made in, so that a row comes after
// those it refers to. The table of migrations is left out: restoring makes it.
const copyMagic = "lecito-backup/v1\n"

type copyHeader struct {
	Migrations []string    `json:"migrations"`
	Tables     []copyTable `json:"tables"`
}

type copyTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

func (t copyTable) sql(direction string) string {
	quoted := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		quoted[i] = pgx.Identifier{column}.Sanitize()
	}
	return fmt.Sprintf("COPY %s (%s) %s", pgx.Identifier{t.Name}.Sanitize(), strings.Join(quoted, ", "), direction)
}

func backupPostgres(ctx context.Context, d *DB, f *os.File) error {
	s, err := d.begin(ctx, d.readers, d.dialect.beginRead)
	if err != nil {
		return err
	}
	defer s.rollback()
	tx := &ReadTx{db: d, line: s.line, now: d.clock.Now()}
	var header copyHeader
	if header.Migrations, err = applied(ctx, tx); err != nil {
		return err
	}
	if header.Tables, err = copyTables(ctx, tx); err != nil {
		return err
	}
	line, err := json.Marshal(header)
	if err != nil {
		return err
	}
	hash := sha256.New()
	w := io.MultiWriter(f, hash)
	if _, err := fmt.Fprintf(w, "%s%s\n", copyMagic, line); err != nil {
		return err
	}
	for _, table := range header.Tables {
		blocks := bufio.NewWriterSize(blockWriter{w}, 1<<16)
		err := s.raw(func(conn *pgconn.PgConn) error {
			_, err := conn.CopyTo(ctx, blocks, table.sql("TO STDOUT"))
			return err
		})
		if err := errors.Join(err, blocks.Flush()); err != nil {
			return err
		}
		if _, err := w.Write(make([]byte, 4)); err != nil {
			return err
		}
	}
	_, err = f.Write(hash.Sum(nil))
	return err
}

func copyTables(ctx context.Context, tx *ReadTx) ([]copyTable, error) {
	var tables []copyTable
	err := Each(ctx, tx, func(row Scanner) error {
		var table, column string
		if err := row.Scan(&table, &column); err != nil {
			return err
		}
		if n := len(tables); n == 0 || tables[n-1].Name != table {
			tables = append(tables, copyTable{Name: table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, column)
		return nil
	}, `SELECT c.relname, a.attname
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relname <> 'migration'
			AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY c.oid, a.attnum`)
	return tables, err
}

func restorePostgres(ctx context.Context, o Options, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	header, body, err := openCopy(f)
	if err != nil {
		return err
	}
	d, err := connect(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	all, err := migrations(d.options, d.dialect.name)
	if err != nil {
		return err
	}
	if err := verify(all, header.Migrations); err != nil {
		return err
	}
	s, err := d.begin(ctx, d.writers, d.dialect.begin)
	if err != nil {
		return err
	}
	return s.run(func(tx *Tx) error {
		return s.restore(ctx, tx, all[:len(header.Migrations)], header.Tables, body)
	})
}

// restore makes the tables as they were and fills them.
func (s *session) restore(ctx context.Context, tx *Tx, all []migration, tables []copyTable, body *bufio.Reader) error {
	there, err := One(ctx, tx, Value[int64], `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = current_schema() AND c.relkind = 'r'`)
	if err != nil {
		return err
	}
	if there > 0 {
		return notEmpty()
	}
	for more := true; more; {
		if more, err = step(ctx, tx, all); err != nil {
			return err
		}
	}
	for _, table := range tables {
		err := s.raw(func(conn *pgconn.PgConn) error {
			_, err := conn.CopyFrom(ctx, &blockReader{from: body}, table.sql("FROM STDIN"))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// raw lends the driver's connection, for COPY.
func (s *session) raw(f func(conn *pgconn.PgConn) error) error {
	return s.Raw(func(c any) error {
		conn, ok := c.(*stdlib.Conn)
		if !ok {
			return errors.New("not a connection to PostgreSQL")
		}
		return f(conn.Conn().PgConn())
	})
}

// openCopy checks a backup file whole and reads its head.
func openCopy(f *os.File) (header copyHeader, body *bufio.Reader, err error) {
	info, err := f.Stat()
	if err != nil {
		return header, nil, err
	}
	size := info.Size() - sha256.Size
	hash, sum := sha256.New(), make([]byte, sha256.Size)
	if size < 0 {
		return header, nil, damaged(nil)
	}
	if _, err := io.Copy(hash, io.NewSectionReader(f, 0, size)); err != nil {
		return header, nil, err
	}
	if _, err := f.ReadAt(sum, size); err != nil {
		return header, nil, err
	}
	if !bytes.Equal(sum, hash.Sum(nil)) {
		return header, nil, damaged(nil)
	}
	body = bufio.NewReaderSize(io.NewSectionReader(f, 0, size), 1<<16)
	magic := make([]byte, len(copyMagic))
	if _, err := io.ReadFull(body, magic); err != nil || string(magic) != copyMagic {
		return header, nil, damaged(err)
	}
	line, err := body.ReadBytes('\n')
	if err != nil {
		return header, nil, damaged(err)
	}
	if err := json.Unmarshal(line, &header); err != nil {
		return header, nil, damaged(err)
	}
	return header, body, nil
}

// blockWriter puts its length before every block written.
type blockWriter struct{ to io.Writer }

func (w blockWriter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // the length 0 would end the table
	}
	if _, err := w.to.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p)))); err != nil {
		return 0, err
	}
	return w.to.Write(p)
}

// blockReader reads the blocks of one table.
type blockReader struct {
	from *bufio.Reader
	left uint32
	done bool
}

func (r *blockReader) Read(p []byte) (int, error) {
	if r.done {
		return 0, io.EOF
	}
	if r.left == 0 {
		if err := binary.Read(r.from, binary.BigEndian, &r.left); err != nil {
			return 0, damaged(err)
		}
		if r.left == 0 {
			r.done = true
			return 0, io.EOF
		}
	}
	n, err := r.from.Read(p[:min(len(p), int(r.left))])
	r.left -= uint32(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
