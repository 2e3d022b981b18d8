package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
)

type benchCommand struct {
	Tokens int  `default:"10000" placeholder:"N" help:"How many synthetic tokens an empty database is filled with."`
	Rounds int  `default:"30" placeholder:"N" help:"How often each page is asked for."`
	Brief  bool `help:"Print one line a filter: the slowest of its sorts and pages."`
}

// Run measures the token page over HTTP, one request after the other, beside
// the bare SQL of the same page, and prints both with their ratio.
func (b benchCommand) Run(ctx context.Context, p *program) (err error) {
	c, err := p.load()
	if err != nil {
		return err
	}
	c.Listen, c.PublicURL = "127.0.0.1:0", nil
	st, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	m := &measurement{ctx: ctx, p: p, st: st, actor: operator(), rounds: max(1, b.Rounds), brief: b.Brief}
	if err := m.prepare(c, b.Tokens); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() {
		served <- newServer(c, m.svc, listener, slog.New(slog.DiscardHandler), observers{}).Serve(serving, listener)
	}()
	defer func() {
		stop()
		err = errors.Join(err, <-served)
	}()
	if err := m.signIn("http://" + listener.Addr().String()); err != nil {
		return err
	}
	return m.run()
}

// measurement is one run of the benchmark.
type measurement struct {
	ctx      context.Context
	p        *program
	st       *store.Store
	svc      *service.Service
	actor    console.Principal
	rounds   int
	brief    bool
	base     string
	client   *http.Client
	email    string
	password string
}

// prepare fills an empty database, and makes an account for this run alone.
func (m *measurement) prepare(c config.Config, tokens int) error {
	key, _, err := config.LoadKey(c)
	if err != nil {
		return err
	}
	m.svc, err = service.New(m.ctx, m.st, service.Options{
		Key: key, Now: time.Now, Passwords: password.New(0),
	})
	if err != nil {
		return err
	}
	filled, err := m.st.AnyUser(m.ctx)
	if err != nil {
		return err
	}
	m.email = "bench-" + string(console.NewGUID()[:8]) + "@localhost.example"
	m.password = string(console.NewGUID())
	_, err = m.svc.CreateUser(m.ctx, m.actor, console.NewUser{Name: "Benchmark", Email: m.email, Password: m.password, Role: console.RoleOwner})
	if err != nil || filled {
		return err
	}
	start := time.Now()
	if err := m.svc.FillSynthetic(m.ctx, m.actor, tokens); err != nil {
		return err
	}
	m.p.complain("Filled %d tokens in %s.\n", tokens, time.Since(start).Round(100*time.Millisecond))
	return nil
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (m *measurement) signIn(base string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	m.base, m.client = base, &http.Client{Jar: jar}
	form, err := m.get("/login")
	if err != nil {
		return err
	}
	csrf := csrfField.FindStringSubmatch(form)
	if csrf == nil {
		return errors.New("the sign-in page has no form")
	}
	answer, err := m.client.PostForm(base+"/login", url.Values{"csrf": csrf[1:], "email": {m.email}, "password": {m.password}})
	if err != nil {
		return err
	}
	_, err = m.get("/tokens")
	return errors.Join(err, answer.Body.Close())
}

func (m *measurement) get(path string) (string, error) {
	request, err := http.NewRequestWithContext(m.ctx, http.MethodGet, m.base+path, nil)
	if err != nil {
		return "", err
	}
	answer, err := m.client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %d", path, answer.StatusCode)
	}
	return string(body), err
}

// percentile is the value that this share of the sorted times does not exceed.
func percentile(times []time.Duration, share float64) time.Duration {
	slices.Sort(times)
	return times[min(len(times)-1, int(share*float64(len(times))))]
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

// times runs do as often as the benchmark asks, after one run to warm up.
func (m *measurement) times(do func() error) (p50, p99 time.Duration, err error) {
	if err := do(); err != nil {
		return 0, 0, err
	}
	var all []time.Duration
	for range m.rounds {
		start := time.Now()
		if err := do(); err != nil {
			return 0, 0, err
		}
		all = append(all, time.Since(start))
	}
	return percentile(all, .5), percentile(all, .99), nil
}

// run measures every filter with every sort at the first, the middle and the
// last page, and prints a line of a Markdown table for each.
func (m *measurement) run() error {
	filters, err := m.filters()
	if err != nil {
		return err
	}
	if err := m.p.say("| filter | sort | page | matches | page p50 ms | page p99 ms | SQL p50 ms | page / SQL |\n|---|---|---|---:|---:|---:|---:|---:|\n"); err != nil {
		return err
	}
	for _, f := range filters {
		counts, err := m.st.CountTokens(m.ctx, f.filter, []console.StatusFilter{f.filter.Status}, m.svc.Now())
		if err != nil {
			return err
		}
		var slowest benchLine
		for _, key := range console.TokenSortKeys {
			lines, err := m.measure(f, console.TokenSort{Key: key}, counts[f.filter.Status])
			if err != nil {
				return fmt.Errorf("%s by %s: %w", f.name, key, err)
			}
			for _, line := range lines {
				if line.p50 > slowest.p50 {
					slowest = line
				}
				if !m.brief {
					err = errors.Join(err, m.p.say("%s", line))
				}
			}
			if err != nil {
				return err
			}
		}
		if m.brief {
			if err := m.p.say("%s", slowest); err != nil {
				return err
			}
		}
	}
	return nil
}

// benchLine is what was measured of one page.
type benchLine struct {
	filter, page  string
	sort          console.TokenSortKey
	matches       int
	p50, p99, sql time.Duration
}

func (l benchLine) String() string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %.1f |\n", l.filter, l.sort, l.page, bounded(l.matches),
		milliseconds(l.p50), milliseconds(l.p99), milliseconds(l.sql), float64(l.p50)/float64(max(l.sql, time.Microsecond)))
}

func (m *measurement) measure(f benchFilter, sort console.TokenSort, matches int) ([]benchLine, error) {
	middle, err := m.st.MiddleCursor(m.ctx, f.filter, sort, matches, m.svc.Now())
	if err != nil {
		return nil, err
	}
	var lines []benchLine
	for _, page := range []struct {
		name    string
		request console.PageRequest
		query   string
	}{
		{"first", console.PageRequest{}, ""},
		{"middle", console.PageRequest{Cursor: middle}, "cursor=" + middle},
		{"last", console.PageRequest{Last: true}, "page=last"},
	} {
		raw, err := m.st.RawTokenPage(m.ctx, f.filter, sort, page.request, m.svc.Now())
		if err != nil {
			return nil, err
		}
		sql, _, err := m.times(raw)
		if err != nil {
			return nil, err
		}
		address := "/tokens?" + strings.Trim(f.query+"&sort="+string(sort.Key)+"&"+page.query, "&")
		p50, p99, err := m.times(func() error { _, err := m.get(address); return err })
		if err != nil {
			return nil, err
		}
		lines = append(lines, benchLine{filter: f.name, page: page.name, sort: sort.Key, matches: matches, p50: p50, p99: p99, sql: sql})
	}
	return lines, nil
}

func bounded(n int) string {
	if n > console.TotalLimit {
		return fmt.Sprintf("%d+", console.TotalLimit)
	}
	return fmt.Sprint(n)
}
