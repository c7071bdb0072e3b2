package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is two clusters of PostgreSQL, a publisher and a subscriber of its
// logical replication, with the server's own settings: fsync is on.
type Postgres struct {
	dir            string
	bin            string
	owner          *syscall.Credential
	source, target *pgx.Conn
	sourceAddress  string
}

// postgresBin finds the server's programs.
func postgresBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("postgres: no initdb under /usr/lib/postgresql")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// StartPostgres makes and starts both clusters in new directories.
func StartPostgres(ctx context.Context, dir string) (*Postgres, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir, bin: bin}
	if err := p.ownDirectory(); err != nil {
		return nil, err
	}
	if p.source, p.sourceAddress, err = p.start(ctx, "source"); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if p.target, _, err = p.start(ctx, "target"); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// ownDirectory gives the directory to the user postgres: the server refuses
// to be root.
func (p *Postgres) ownDirectory() error {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, errUID := strconv.Atoi(u.Uid)
	gid, errGID := strconv.Atoi(u.Gid)
	p.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return errors.Join(errUID, errGID, os.Chown(p.dir, uid, gid))
}

func (p *Postgres) program(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	if p.owner != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.owner}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("postgres: %s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

func (p *Postgres) start(ctx context.Context, name string) (*pgx.Conn, string, error) {
	data := filepath.Join(p.dir, name)
	if err := p.program("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--locale=C.UTF-8"); err != nil {
		return nil, "", err
	}
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	options := fmt.Sprintf("-p %d -k %s -c listen_addresses='' -c wal_level=logical -c max_wal_size=4GB", port, p.dir)
	if err := p.program("pg_ctl", "-D", data, "-w", "-l", data+".log", "-o", options, "start"); err != nil {
		return nil, "", err
	}
	address := fmt.Sprintf("host=%s port=%d user=postgres dbname=postgres", p.dir, port)
	conn, err := pgx.Connect(ctx, address)
	return conn, address, err
}

// Close stops the clusters and removes their files.
func (p *Postgres) Close() error {
	var err error
	for _, conn := range []*pgx.Conn{p.source, p.target} {
		if conn != nil {
			err = errors.Join(err, conn.Close(context.Background()))
		}
	}
	for _, name := range []string{"target", "source"} {
		data := filepath.Join(p.dir, name)
		if _, statErr := os.Stat(filepath.Join(data, "postmaster.pid")); statErr == nil {
			err = errors.Join(err, p.program("pg_ctl", "-D", data, "-m", "immediate", "stop"))
		}
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// Columns of the table, beside the id: the fields that a person's object has.
var Columns = []string{"household", "name", "id_number", "sex", "birth_date", "hukou", "hukou_address", "education", "marital", "relation",
	"status", "job_wish", "recorded_on", "phone", "first_work_date", "skill", "skill_level", "hardship", "unit"}

// Replicate stores the rows at the publisher, perCommit a transaction, then
// subscribes, and returns how long it took until the subscriber had all: the
// publisher's log was complete before. Each row is the id and Columns.
func (p *Postgres) Replicate(ctx context.Context, rows [][]any, perCommit int) (time.Duration, error) {
	if err := p.tables(ctx); err != nil {
		return 0, err
	}
	if err := p.insert(ctx, rows, perCommit); err != nil {
		return 0, err
	}
	start := time.Now()
	if _, err := p.target.Exec(ctx, "ALTER SUBSCRIPTION bench ENABLE"); err != nil {
		return 0, err
	}
	for {
		var n int
		if err := p.target.QueryRow(ctx, "SELECT count(*) FROM person").Scan(&n); err != nil {
			return 0, err
		}
		if n == len(rows) {
			return time.Since(start), p.drop(ctx)
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("postgres: %d of %d rows arrived: %w", n, len(rows), ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// tables makes the table with its two indexes on both sides, and a
// subscription that waits to be enabled.
func (p *Postgres) tables(ctx context.Context) error {
	table := "CREATE TABLE person (id text PRIMARY KEY, " + strings.Join(Columns, " text, ") + " text); CREATE INDEX ON person (id_number)"
	for _, conn := range []*pgx.Conn{p.source, p.target} {
		if _, err := conn.Exec(ctx, table); err != nil {
			return err
		}
	}
	if _, err := p.source.Exec(ctx, "CREATE PUBLICATION bench FOR TABLE person"); err != nil {
		return err
	}
	if _, err := p.source.Exec(ctx, "SELECT pg_create_logical_replication_slot('bench', 'pgoutput')"); err != nil {
		return err
	}
	_, err := p.target.Exec(ctx, "CREATE SUBSCRIPTION bench CONNECTION '"+p.sourceAddress+
		"' PUBLICATION bench WITH (create_slot=false, slot_name='bench', enabled=false, copy_data=false)")
	return err
}

func (p *Postgres) insert(ctx context.Context, rows [][]any, perCommit int) error {
	columns := append([]string{"id"}, Columns...)
	for len(rows) > 0 {
		n := min(perCommit, len(rows))
		if _, err := p.source.CopyFrom(ctx, pgx.Identifier{"person"}, columns, pgx.CopyFromRows(rows[:n])); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (p *Postgres) drop(ctx context.Context) error {
	for _, statement := range []string{"ALTER SUBSCRIPTION bench DISABLE", "DROP SUBSCRIPTION bench", "DROP TABLE person"} {
		if _, err := p.target.Exec(ctx, statement); err != nil {
			return err
		}
	}
	for _, statement := range []string{"DROP PUBLICATION bench", "DROP TABLE person"} {
		if _, err := p.source.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
