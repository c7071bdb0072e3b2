package peer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tongbu/bench/line"
)

// Pouch is a PouchDB that replicates to a PouchDB server over HTTP, both on
// LevelDB, each a process of Node.js. All bytes between them are counted.
type Pouch struct {
	dir    string
	server *exec.Cmd
	client *exec.Cmd
	orders io.WriteCloser
	said   *bufio.Scanner
	proxy  *line.Proxy
}

// PouchFound is what one run found.
type PouchFound struct {
	Docs        int
	Bulk        time.Duration
	BulkBytes   int64
	SingleBytes []int64
}

// StartPouch starts the server and a client that holds the documents; the
// last of them are kept back as single ones. scripts is the folder in which
// its packages are installed.
func StartPouch(scripts, dir string, documents [][]byte, singles int) (*Pouch, error) {
	p := &Pouch{dir: dir}
	file := filepath.Join(dir, "documents")
	err := errors.Join(os.MkdirAll(filepath.Join(dir, "server"), 0o755), os.MkdirAll(filepath.Join(dir, "client"), 0o755))
	if err == nil {
		err = os.WriteFile(file, append(joinLines(documents), '\n'), 0o644)
	}
	if err == nil {
		err = p.startServer(scripts)
	}
	if err == nil {
		err = p.startClient(scripts, file, singles)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func joinLines(documents [][]byte) []byte {
	var all []byte
	for i, d := range documents {
		if i > 0 {
			all = append(all, '\n')
		}
		all = append(all, d...)
	}
	return all
}

func (p *Pouch) startServer(scripts string) error {
	p.server = exec.Command("node", "server.js", filepath.Join(p.dir, "server"))
	p.server.Dir, p.server.Stderr = scripts, os.Stderr
	out, err := p.server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.server.Start(); err != nil {
		return err
	}
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("pouchdb: the server did not start: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	p.proxy, err = line.Listen("127.0.0.1:"+strings.TrimSpace(port), line.Shape{})
	return err
}

func (p *Pouch) startClient(scripts, file string, singles int) (err error) {
	p.client = exec.Command("node", "client.js", filepath.Join(p.dir, "client"), "http://"+p.proxy.Address(), file, fmt.Sprint(singles))
	p.client.Dir, p.client.Stderr = scripts, os.Stderr
	if p.orders, err = p.client.StdinPipe(); err != nil {
		return err
	}
	out, err := p.client.StdoutPipe()
	if err != nil {
		return err
	}
	p.said = bufio.NewScanner(out)
	return p.client.Start()
}

// Run replicates all documents, then each of the single ones alone.
func (p *Pouch) Run(_ context.Context, docs, singles int) (PouchFound, error) {
	found := PouchFound{Docs: docs}
	if _, err := p.until("filled"); err != nil {
		return found, err
	}
	before := p.proxy.Total()
	ms, err := p.order("bulk")
	if err != nil {
		return found, err
	}
	found.Bulk, found.BulkBytes = time.Duration(ms*1e6), p.proxy.Total()-before
	if _, err := p.order("live"); err != nil {
		return found, err
	}
	for range singles {
		before := p.proxy.Total()
		if _, err := p.order("single"); err != nil {
			return found, err
		}
		found.SingleBytes = append(found.SingleBytes, p.proxy.Total()-before)
	}
	return found, nil
}

// order lets the client go on, and waits until it reports the end of the step.
func (p *Pouch) order(word string) (float64, error) {
	if _, err := io.WriteString(p.orders, "\n"); err != nil {
		return 0, err
	}
	return p.until(word)
}

func (p *Pouch) until(word string) (float64, error) {
	for p.said.Scan() {
		var said struct {
			Step string
			MS   float64
		}
		if err := json.Unmarshal(p.said.Bytes(), &said); err == nil && said.Step == word {
			return said.MS, nil
		}
	}
	return 0, fmt.Errorf("pouchdb: the client ended before %q", word)
}

// Close ends both processes and removes their files.
func (p *Pouch) Close() error {
	for _, cmd := range []*exec.Cmd{p.client, p.server} {
		if cmd != nil && cmd.Process != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	if p.proxy != nil {
		p.proxy.Close()
	}
	return os.RemoveAll(p.dir)
}
