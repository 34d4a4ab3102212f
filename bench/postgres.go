// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// database makes a database of its own on the PostgreSQL server; it goes with the pair.
func (e *Env) database(ctx context.Context, p *Pair, name string) (string, error) {
	if e.Postgres == "" {
		return "", errNoPostgres
	}
	name = fmt.Sprintf("bench_%s_%d", name, os.Getpid())
	run := func(sql string) error {
		conn, err := pgx.Connect(ctx, e.Postgres)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, sql)
		return errors.Join(err, conn.Close(ctx))
	}
	drop := "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"
	if err := errors.Join(run(drop), run("CREATE DATABASE "+name)); err != nil {
		return "", err
	}
	p.after(func() error { return run(drop) })
	u, err := url.Parse(e.Postgres)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// pool opens connections to a database of its own.
func (e *Env) pool(ctx context.Context, p *Pair, name string, connections int) (*pgxpool.Pool, error) {
	address, err := e.database(ctx, p, name)
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(connections)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	p.after(func() error { pool.Close(); return nil })
	var version string
	if err := pool.QueryRow(ctx, "SELECT current_setting('server_version')").Scan(&version); err != nil {
		return nil, err
	}
	p.Notes = append(p.Notes, "PostgreSQL "+version)
	return pool, nil
}

// copyIn fills a table from rows that are made as they are sent.
func copyIn(ctx context.Context, pool *pgxpool.Pool, table string, columns []string, fill func(add func(row ...any) error) error) error {
	rows := make(chan []any, 1000)
	made := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(rows)
		made <- fill(func(row ...any) error {
			select {
			case rows <- row:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	_, err := pool.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		return <-rows, nil // nil when closed: the end
	}))
	if err != nil {
		return err
	}
	return <-made
}
