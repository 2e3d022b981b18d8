package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

type benchPagesCommand struct {
	Tokens int           `default:"10000" placeholder:"N" help:"How many synthetic tokens an empty database is filled with."`
	Rounds int           `default:"30" placeholder:"N" help:"How often each page is asked for."`
	Only   string        `placeholder:"REGEXP" help:"Measure only filters with such a name."`
	Brief  bool          `help:"Print one line a filter: the slowest of its sorts and pages."`
	Plans  bool          `help:"Print how the database goes about each page, too."`
	Load   time.Duration `default:"1s" placeholder:"DURATION" help:"How long each filter’s first page is asked for over 32 connections."`
}

// Run measures the token page over HTTP, one request after the other, beside
// the bare SQL of the same page, and prints both with their ratio.
func (b benchPagesCommand) Run(ctx context.Context, p *program) error {
	only, err := regexp.Compile(b.Only)
	if err != nil {
		return fmt.Errorf("--only: %w", err)
	}
	return p.withBench(ctx, b.Tokens, func(ctx context.Context, bench *bench) (err error) {
		start := time.Now()
		base, stop, err := bench.serve(ctx, bench.svc)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
		m := &measurement{ctx: ctx, bench: bench, rounds: max(1, b.Rounds), only: only, brief: b.Brief, plans: b.Plans, load: b.Load}
		m.base, m.client = base, http.DefaultClient
		if _, err := m.get("/login"); err != nil {
			return err
		}
		m.ready = bench.opened + time.Since(start)
		if err := m.signIn(base); err != nil {
			return err
		}
		return m.run()
	})
}

// measurement is one run of the benchmark of pages.
type measurement struct {
	*bench
	ctx    context.Context
	rounds int
	only   *regexp.Regexp
	brief  bool
	plans  bool
	load   time.Duration
	// ready is what it took from the start until a page was answered.
	ready  time.Duration
	base   string
	client *http.Client
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

// compare asks for a page and runs its bare SQL in turns, as often as the benchmark
// asks, after one of each to warm up: the machine is as fast for both.
func (m *measurement) compare(line *benchLine, page, sql func() error) error {
	var pages, sqls, over []time.Duration
	for round := range m.rounds + 1 {
		before, start := processorTime(), time.Now()
		err := page()
		tookPage, busy := time.Since(start), processorTime()-before
		if err != nil {
			return err
		}
		start = time.Now()
		if err := sql(); err != nil {
			return err
		}
		tookSQL := time.Since(start)
		if round == 0 {
			continue
		}
		pages, sqls, over = append(pages, tookPage), append(sqls, tookSQL), append(over, tookPage-tookSQL)
		line.cpu += busy / time.Duration(m.rounds)
	}
	line.p50, line.p99, line.sql, line.over = percentile(pages, .5), percentile(pages, .99), percentile(sqls, .5), percentile(over, .5)
	return nil
}

// run measures every filter with every sort at the first, the middle and the
// last page, and prints a line of a Markdown table for each.
func (m *measurement) run() error {
	filters, err := m.filters()
	if err != nil {
		return err
	}
	filters = slices.DeleteFunc(filters, func(f benchFilter) bool { return !m.only.MatchString(f.name) })
	if err := m.p.say("| filter | sort | page | matches | page p50 ms | page p99 ms | page processor ms | SQL p50 ms | page − SQL ms | page / SQL | pages a second at 32 connections |\n|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"); err != nil {
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
				rate := max(slowest.rate, line.rate)
				if line.p50 > slowest.p50 {
					slowest = line
				}
				slowest.rate = rate
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
	return m.sayMemory()
}

// sayMemory says what the database and this process take, who is server and client.
func (m *measurement) sayMemory() error {
	size, err := m.st.Size(m.ctx)
	if err != nil {
		return err
	}
	if err := m.p.say("\nThe database takes %d MiB. From start to ready it took %s.\n", size>>20, m.ready.Round(time.Millisecond)); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	resident := residentSize.FindSubmatch(status)
	if err != nil || resident == nil {
		return nil // other systems tell it in other ways
	}
	return m.p.say("This process, server and client, has %s kB in memory.\n", resident[1])
}

var residentSize = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// rate is how many pages a second are answered over 32 connections.
func (m *measurement) rate(path string) (float64, error) {
	if m.load <= 0 {
		return 0, nil
	}
	question, err := m.question(path, "")
	if err != nil {
		return 0, err
	}
	measured, err := generate(m.ctx, m.base, [][]byte{question}, 32, m.load)
	if errors.Is(err, os.ErrDeadlineExceeded) && m.ctx.Err() == nil || errors.Is(err, errAnswer) {
		return 0, nil // not one page each within ten seconds, or some have no place
	}
	if err != nil {
		return 0, err
	}
	return measured.rate(), nil
}

// benchLine is what was measured of one page.
type benchLine struct {
	filter, page  string
	sort          console.TokenSortKey
	matches       int
	p50, p99, sql time.Duration
	// over is how much longer the page took than the SQL beside it.
	over time.Duration
	// cpu is the processor time of a page, client and server.
	cpu time.Duration
	// rate is measured of first pages by name only.
	rate float64
}

func (l benchLine) String() string {
	rate := ""
	if l.rate > 0 {
		rate = fmt.Sprintf("%.0f", l.rate)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s | %s | %.1f | %s |\n", l.filter, l.sort, l.page, bounded(l.matches),
		milliseconds(l.p50), milliseconds(l.p99), milliseconds(l.cpu), milliseconds(l.sql), milliseconds(l.over), float64(l.p50)/float64(max(l.sql, time.Microsecond)), rate)
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
		if err := m.sayPlan(f, sort, page.name, page.request); err != nil {
			return nil, err
		}
		address := "/tokens?" + strings.Trim(f.query+"&dir=asc&sort="+string(sort.Key)+"&"+page.query, "&")
		line := benchLine{filter: f.name, page: page.name, sort: sort.Key, matches: matches}
		if err := m.pageTimes(&line, address, raw); err != nil {
			return nil, err
		}
		if page.name == "first" && sort.Key == console.SortName {
			if line.rate, err = m.rate(address); err != nil {
				return nil, err
			}
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// pageTimes measures a page that is asked for over one connection.
func (m *measurement) pageTimes(line *benchLine, path string, sql func() error) error {
	question, err := m.question(path, "")
	if err != nil {
		return err
	}
	asker, err := newAsker(m.ctx, strings.TrimPrefix(m.base, "http://"))
	if err != nil {
		return err
	}
	defer asker.close()
	return m.compare(line, func() error { return asker.ask(question) }, sql)
}

// sayPlan prints how the database goes about a page, where that is asked for.
func (m *measurement) sayPlan(f benchFilter, sort console.TokenSort, page string, request console.PageRequest) error {
	if !m.plans {
		return nil
	}
	plan, err := m.st.PlanOf(m.ctx, f.filter, sort, request, m.svc.Now())
	if err != nil {
		return err
	}
	return m.p.say("\n%s, by %s, %s page:\n\n    %s\n\n", f.name, sort.Key, page, strings.Join(plan, "\n    "))
}

func bounded(n int) string {
	if n == console.Beyond {
		return fmt.Sprintf("%d+", console.TotalLimit)
	}
	return fmt.Sprint(n)
}
