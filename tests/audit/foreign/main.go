// Checks a log of ours with the code of the Go checksum database (golang.org/x/mod/sumdb).
//
//	main check FOLDER VKEY CLAIMS   the note, every leaf against tiles and root, our own proofs
//	main roots SIZE...              roots over the leaves "0", "1", "2", … for vectors.json
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// claims is what our own code says; the hashes are in base64.
type claims struct {
	Inclusion []struct {
		Index int64
		Proof []tlog.Hash
	}
	Consistency []struct {
		Old   int64
		Root  tlog.Hash
		Proof []tlog.Hash
	}
}

// folder reads the tiles of C2SP tlog-tiles, which leave the height out of the path.
type folder string

func (f folder) Height() int                         { return 8 }
func (f folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(data))
		}
		all = append(all, data)
	}
	return all, nil
}

// leaves reads all entries from their bundles.
func (f folder) leaves(size int64) (all [][]byte) {
	for n := int64(0); n*256 < size; n++ {
		width := int64(256)
		if size-n*256 < 256 {
			width = size - n*256
		}
		path := strings.Replace(tlog.Tile{H: 8, L: -1, N: n, W: int(width)}.Path(), "tile/8/data", "tile/entries", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		must(err)
		for len(data) > 0 {
			end := 2 + int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:end])
			data = data[end:]
		}
	}
	if int64(len(all)) != size {
		log.Fatalf("%d entries, the checkpoint says %d", len(all), size)
	}
	return all
}

// memory holds the hashes of a tree that grows.
type memory []tlog.Hash

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, index := range indexes {
		all = append(all, (*m)[index])
	}
	return all, nil
}

func (m *memory) add(index int64, leaf []byte) {
	hashes, err := tlog.StoredHashes(index, leaf, m)
	must(err)
	*m = append(*m, hashes...)
}

func check(f folder, vkeyFile, claimsFile string) {
	vkey, err := os.ReadFile(vkeyFile)
	must(err)
	verifier, err := note.NewVerifier(strings.SplitN(string(vkey), "\n", 2)[0])
	must(err)
	signed, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		log.Fatal("the note is no checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)

	tiles := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, f)
	built := &memory{}
	for index, leaf := range f.leaves(size) {
		built.add(int64(index), leaf)
		if index%256 == 255 || int64(index) == size-1 {
			compare(tiles, int64(index)/256*256, int64(index), built)
		}
	}
	found, err := tlog.TreeHash(size, built)
	must(err)
	if found != root {
		log.Fatal("the leaves do not give the root of the checkpoint")
	}
	checkClaims(claimsFile, size, root, built)
	fmt.Printf("%d entries, their tiles and the root agree\n", size)
}

// compare takes leaf hashes first to last from the tiles, which Go verifies against the root.
func compare(tiles tlog.HashReader, first, last int64, built *memory) {
	var indexes []int64
	for index := first; index <= last; index++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, index))
	}
	hashes, err := tiles.ReadHashes(indexes)
	must(err)
	for place, index := range indexes {
		if hashes[place] != (*built)[index] {
			log.Fatalf("entry %d is not the one of the tiles", first+int64(place))
		}
	}
}

func checkClaims(file string, size int64, root tlog.Hash, built *memory) {
	var said claims
	data, err := os.ReadFile(file)
	must(err)
	must(json.Unmarshal(data, &said))
	for _, one := range said.Inclusion {
		leaf := (*built)[tlog.StoredHashIndex(0, one.Index)]
		must(tlog.CheckRecord(one.Proof, size, root, one.Index, leaf))
	}
	for _, one := range said.Consistency {
		must(tlog.CheckTree(one.Proof, size, root, one.Old, one.Root))
	}
}

func roots(sizes []string) {
	built, grown := &memory{}, int64(0)
	for _, written := range sizes {
		size, err := strconv.ParseInt(written, 10, 64)
		must(err)
		for ; grown < size; grown++ {
			built.add(grown, []byte(strconv.FormatInt(grown, 10)))
		}
		root, err := tlog.TreeHash(size, built)
		must(err)
		fmt.Printf("%d %x\n", size, root[:])
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) == 5 && os.Args[1] == "check" {
		check(folder(os.Args[2]), os.Args[3], os.Args[4])
	} else if len(os.Args) > 2 && os.Args[1] == "roots" {
		roots(os.Args[2:])
	} else {
		log.Fatal("usage: main check FOLDER VKEY CLAIMS | main roots SIZE...")
	}
}
