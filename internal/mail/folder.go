// SPDX-License-Identifier: Apache-2.0

package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Folder keeps messages as files instead of sending them, for somebody to read.
type Folder struct {
	dir string
	key *Key
}

// NewFolder returns the folder, which is made when the first message comes.
func NewFolder(dir string, key *Key) *Folder { return &Folder{dir, key} }

// Send writes the message as ID.eml, for nobody else to read, whole or not at all.
func (f *Folder) Send(_ context.Context, m Message) error {
	raw, err := compose(&m, f.key)
	if err != nil {
		return err
	}
	if !filepath.IsLocal(m.ID) || filepath.Base(m.ID) != m.ID {
		return fmt.Errorf("keep a message: its id is no name of a file")
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("keep a message: %w", err)
	}
	if err := f.write(m.ID, raw); err != nil {
		return fmt.Errorf("keep a message: %w", err)
	}
	return nil
}

// write keeps a file under a name that a second attempt takes again, so that
// what a crash leaves half written is known by the message's id too.
func (f *Folder) write(id string, raw []byte) error {
	begun := filepath.Join(f.dir, id+half)
	file, err := os.OpenFile(begun, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(raw)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(begun, filepath.Join(f.dir, id+ending))
	}
	if err != nil {
		return errors.Join(err, os.Remove(begun))
	}
	return nil
}

// What the names of messages end in, and of those not whole yet.
const (
	ending = ".eml"
	half   = ".new"
)

// Drop removes the messages with these IDs, where they are there.
func (f *Folder) Drop(ids ...string) error {
	var failed []error
	for _, id := range ids {
		if !filepath.IsLocal(id) || filepath.Base(id) != id {
			continue
		}
		for _, name := range []string{id + ending, id + half} {
			if err := os.Remove(filepath.Join(f.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, fmt.Errorf("remove a message: %w", err))
			}
		}
	}
	return errors.Join(failed...)
}

// DropTo removes every message that is addressed to one of the mailboxes.
func (f *Folder) DropTo(mailboxes []string) error {
	kept, err := f.Kept()
	if err != nil || len(mailboxes) == 0 {
		return err
	}
	var theirs []string
	for id := range kept {
		to, err := addressee(filepath.Join(f.dir, id+ending))
		if err != nil { // gone meanwhile, not whole, or none of ours
			continue
		}
		if slices.ContainsFunc(mailboxes, func(m string) bool { return strings.EqualFold(m, to) }) {
			theirs = append(theirs, id)
		}
	}
	return f.Drop(theirs...)
}

// Kept lists the messages that are there, each with when it was written.
func (f *Folder) Kept() (map[string]time.Time, error) {
	files, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for messages: %w", err)
	}
	kept := map[string]time.Time{}
	for _, file := range files {
		id, whole := strings.CutSuffix(file.Name(), ending)
		id, part := strings.CutSuffix(id, half)
		info, err := file.Info()
		if !whole && !part || err != nil || !info.Mode().IsRegular() { // or taken away meanwhile
			continue
		}
		kept[id] = info.ModTime()
	}
	return kept, nil
}

// addressee reads whom a message is for.
func addressee(file string) (string, error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	m, err := netmail.ReadMessage(bufio.NewReader(in))
	if err != nil {
		return "", errors.New("it is no message")
	}
	to, err := netmail.ParseAddress(m.Header.Get("To"))
	if err != nil {
		return "", errors.New("it names nobody")
	}
	return to.Address, nil
}
