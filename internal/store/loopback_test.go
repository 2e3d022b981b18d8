package store

import (
	"slices"
	"testing"
)

// TestLoopbackTakesTLSIfItMust: what stays on this machine is not encrypted unless the
// server insists or the address says so; all else is, if the server can.
func TestLoopbackTakesTLSIfItMust(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	const no, yes = "plain", "TLS"
	for url, want := range map[string][]string{
		"postgres://me:pw@127.0.0.1/latchkey":                    {no, yes},
		"postgresql://me:pw@localhost:5433/latchkey":             {no, yes},
		"postgres://me:pw@[::1]/latchkey":                        {no, yes},
		"postgres://me:pw@127.0.0.1/latchkey?sslmode=prefer":     {yes, no},
		"postgres://me:pw@127.0.0.1/latchkey?sslmode=require":    {yes},
		"postgres://me:pw@127.0.0.1/latchkey?sslmode=disable":    {no},
		"postgres://me:pw@db.example.com/latchkey":               {yes, no},
		"postgres://me:pw@10.0.0.1/latchkey":                     {yes, no},
		"postgres://me:pw@127.0.0.1,db.example.com/latchkey":     {yes, no, yes, no},
		"postgres://me:pw@/latchkey?host=/var/run/postgresql":    {no},
		"postgres://me:pw@localhost.example.com:5432/latchkey":   {yes, no},
		"postgres://me:pw@db.example.com/latchkey?sslmode=allow": {no, yes},
	} {
		d, err := dialectOf(url)
		if err != nil {
			t.Fatal(url, err)
		}
		config := d.(postgresDialect).config
		says := map[bool]string{true: yes, false: no}
		got := []string{says[config.TLSConfig != nil]}
		for _, f := range config.Fallbacks {
			got = append(got, says[f.TLSConfig != nil])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}
