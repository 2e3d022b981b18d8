//go:build e2e

package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const profilePrefix = "latchkey-chromium-"

var errNoChromium = errors.New("no Chromium is installed: apt-get install chromium")

// Page is a tab with cookies and storage of its own: one visitor. Its methods
// wait until what they ask for is there and fail the test when it does not
// come; they must be called from the test's goroutine.
//
// A selector is CSS and may end in :has-text("..."). Where several elements
// match, the first that can be seen is meant.
type Page struct {
	t        testing.TB
	ctx      context.Context
	base     string
	watch    *watch
	script   bool          // may the page run JavaScript
	patience time.Duration // of a step
	pictures int
}

// NewPage opens a tab that is closed when the test ends. The test fails then if
// the browser has reported anything wrong, like an error in a script or a
// violation of the content security policy: see Allow. Paths given to Open
// are below base.
//
// The test is skipped on a machine without Chromium, and fails instead where
// CI is "true" or LATCHKEY_TEST_REQUIRE is "1".
func NewPage(t testing.TB, base string) *Page {
	t.Helper()
	chromium, err := theBrowser()
	switch {
	case errors.Is(err, errNoChromium) && os.Getenv("CI") != "true" && os.Getenv("LATCHKEY_TEST_REQUIRE") != "1":
		t.Skip(err)
	case err != nil:
		t.Fatalf("starting Chromium: %v", err)
	}
	w := newWatch()
	ctx, cancel := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(w.event))
	p := &Page{t: t, ctx: ctx, base: base, watch: w, script: true, patience: patience}
	t.Cleanup(func() {
		p.finish()
		cancel()
	})
	// The tab lives as long as the context of its first action.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	// In a window without focus nothing is focused and nothing may be copied.
	if err := call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	w.attach(ctx)
	p.SetViewport(1280, 800)
	p.SetDark(false)
	return p
}

// finish reports what the browser has complained about.
func (p *Page) finish() {
	for _, problem := range p.ConsoleErrors() {
		p.t.Errorf("the browser reports: %s", problem)
	}
	if p.t.Failed() && p.pictures == 0 {
		p.picture()
	}
}

// Main runs the tests of a package and then ends the browser that they shared.
// It is for TestMain.
func Main(m *testing.M) int {
	defer func() {
		if chromium, err := startedBrowser(); err == nil && chromium != nil {
			chromium.close()
		}
	}()
	return m.Run()
}

type browser struct {
	ctx     context.Context
	profile string
	stop    context.CancelFunc
}

var (
	started    bool
	theBrowser = sync.OnceValues(func() (*browser, error) {
		started = true
		return startBrowser()
	})
)

// startedBrowser does not start one only to end it.
func startedBrowser() (*browser, error) {
	if !started {
		return nil, nil
	}
	return theBrowser()
}

// startBrowser starts Chromium with an empty profile. It ends with this process,
// because it is told what to do through a pipe that closes then.
func startBrowser() (*browser, error) {
	path, err := findChromium()
	if err != nil {
		return nil, err
	}
	sweepProfiles()
	profile, err := os.MkdirTemp("", profilePrefix)
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		// A zone other than the server's and the database's, so that a
		// time that loses its zone on the way is noticed.
		chromedp.Env("TZ=America/New_York"),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "en-US"),
		// As root Chromium has no sandbox, and everywhere else it keeps it.
		chromedp.Flag("no-sandbox", os.Geteuid() == 0),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	// What chromedp logs is that a newer Chromium sends events it cannot read.
	ctx, _ := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	b := &browser{ctx: ctx, profile: profile, stop: stop}
	if err := chromedp.Do(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *browser) close() {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	chromedp.Cancel(ctx) // so that it does not write into its profile any more
	b.stop()
	os.RemoveAll(b.profile)
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoChromium
}

// sweepProfiles removes what killed tests have left: no run takes that long.
func sweepProfiles() {
	profiles, _ := filepath.Glob(filepath.Join(os.TempDir(), profilePrefix+"*"))
	for _, profile := range profiles {
		if info, err := os.Stat(profile); err == nil && time.Since(info.ModTime()) > 6*time.Hour {
			os.RemoveAll(profile)
		}
	}
}
