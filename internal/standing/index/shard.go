// SPDX-License-Identifier: Apache-2.0

package index

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

const shards = 256

// shard is a part of a table from keys to numbers: open addressing with linear
// probing, twenty bytes a place, four fifths of them taken or a little fewer.
// The first byte of a key says which shard; the others where it begins.
type shard struct {
	mu     sync.RWMutex
	places []byte // 16 bytes of key and 4 of number; number 0: free
	taken  int
	size   int // of places
}

const (
	width    = 20
	least    = 16
	fullness = 86 // of a hundred
)

// find returns the number of a key.
func (s *shard) find(k Key) (uint32, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.get(k)
}

// get is find for who holds the table.
func (s *shard) get(k Key) (uint32, bool) {
	if s.size == 0 {
		return 0, false
	}
	i, ok := s.seek(k)
	if !ok {
		return 0, false
	}
	return s.number(i), true
}

// put gives a key a number.
func (s *shard) put(k Key, n uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if (s.taken+1)*100 > s.size*fullness {
		s.grow()
	}
	i, ok := s.seek(k)
	if !ok {
		s.taken++
	}
	s.set(i, k, n)
}

// remove takes a key out, and moves up those that stood behind it.
func (s *shard) remove(k Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size == 0 {
		return
	}
	i, ok := s.seek(k)
	if !ok {
		return
	}
	s.taken--
	for j := i; ; {
		j = (j + 1) % s.size
		if s.number(j) == 0 {
			break
		}
		home := s.home(s.key(j))
		if between := (j - home + s.size) % s.size; between >= (j-i+s.size)%s.size {
			s.set(i, s.key(j), s.number(j))
			i = j
		}
	}
	clear(s.places[i*width : (i+1)*width])
}

// all calls for each key.
func (s *shard) all(visit func(Key, uint32)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range s.size {
		if n := s.number(i); n != 0 {
			visit(s.key(i), n)
		}
	}
}

// seek finds the place of a key, or the free one where it belongs.
func (s *shard) seek(k Key) (int, bool) {
	for i := s.home(k); ; {
		at := s.places[i*width : i*width+width]
		if binary.LittleEndian.Uint32(at[16:]) == 0 {
			return i, false
		}
		if binary.LittleEndian.Uint64(at) == k.low && binary.LittleEndian.Uint64(at[8:]) == k.high {
			return i, true
		}
		if i++; i == s.size {
			i = 0
		}
	}
}

func (s *shard) home(k Key) int {
	high, _ := bits.Mul64(k.low>>8|k.high<<56, uint64(s.size))
	return int(high)
}

func (s *shard) key(i int) Key { return KeyFrom([16]byte(s.places[i*width : i*width+16])) }

func (s *shard) number(i int) uint32 { return binary.LittleEndian.Uint32(s.places[i*width+16:]) }

func (s *shard) set(i int, k Key, n uint32) {
	at := s.places[i*width : i*width+width]
	binary.LittleEndian.PutUint64(at, k.low)
	binary.LittleEndian.PutUint64(at[8:], k.high)
	binary.LittleEndian.PutUint32(at[16:], n)
}

// grow makes room for an eighth more.
func (s *shard) grow() {
	old := shard{places: s.places, size: s.size}
	s.size = max(least, s.size+s.size/8)
	s.places = make([]byte, s.size*width)
	for i := range old.size {
		if n := old.number(i); n != 0 {
			at, _ := s.seek(old.key(i))
			s.set(at, old.key(i), n)
		}
	}
}
