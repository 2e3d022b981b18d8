//go:build e2e

package e2e

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	os.Exit(Main(m))
}

// site is a small site under the policy that the real one has.
func site(t *testing.T) string {
	mux := http.NewServeMux()
	page := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			name := html.EscapeString(r.FormValue("name"))
			http.SetCookie(w, &http.Cookie{Name: "visited", Value: "yes", HttpOnly: true, SameSite: http.SameSiteLaxMode})
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'")
			fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/app.css">
				<script src="/app.js" defer></script><main><h1>Test</h1>%s</main>`, strings.ReplaceAll(body, "{name}", name))
		})
	}
	file := func(path, kind, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, body)
		})
	}
	page("/", `
		<p id="said"></p><button id="slow">Ask</button> <button>Copy</button> <a href="/hello?name=link">Leave</a>
		<form action="/hello" method="post"><label>Name <input name="name"></label>
		<label>Colour <select name="colour"><option value="r">Red<option value="g">Green</select></label>
		<label>Day <input type="date" name="day"></label>
		<button>Send</button></form><p id="keys"></p>`)
	page("/hello", `<p id="hello">Hello, {name}</p>`)
	page("/poor", `<button class="tiny">x</button><button class="tiny">y</button><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`)
	page("/inline", `<script>document.title = 'no'</script><p style="color: red">red</p>`)
	page("/covered", `<button>Under</button><div id="over"></div>`)
	page("/broken", `<p>broken</p>`)
	page("/mouse", `<a>Nowhere</a> <button tabindex="2">Early</button> <button class="blind">Blind</button>
		<div class="back"><button>One</button><button>Two</button></div><button id="held">Held</button> <button class="away">Away</button>`)
	page("/stuck", `<dialog>Stay <button>Here</button></dialog>`)
	mux.HandleFunc("POST /hello", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond)
		http.Redirect(w, r, "/hello?name="+r.FormValue("name")+"-"+r.FormValue("colour")+"-"+r.FormValue("day"), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /answer", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(300 * time.Millisecond)
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, "forty-two")
	})
	file("/app.css", "text/css", `
		body { color: #111; background: #fff } #over { position: fixed; inset: 0 } 
		button, a { min-width: 24px; display: inline-block; line-height: 24px }
		.blind:focus { outline: none } .back { display: flex; flex-direction: row-reverse } .away { position: absolute; left: -999px }
		.tiny { min-width: 0; width: 9px; height: 9px; padding: 0; border: 0; font-size: 8px; line-height: 9px }
		@media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } a { color: #9cf } }
		@media (width < 600px) { a { display: none } }`)
	file("/app.js", "text/javascript", `
		const on = (selector, event, do_) => document.querySelector(selector)?.addEventListener(event, do_);
		on('#slow', 'click', async () => { document.querySelector('#said').textContent = await (await fetch('/answer')).text() });
		on('#held', 'keydown', e => { if (e.key === 'Tab') e.preventDefault() });
		document.querySelector('dialog')?.showModal();
		if (location.pathname === '/stuck') addEventListener('keydown', e => { if (e.key === 'Escape') e.preventDefault() });
		on('#slow + button', 'click', () => navigator.clipboard.writeText('copied text'));
		addEventListener('keydown', e => { const keys = document.querySelector('#keys'); if (keys) keys.textContent += (e.ctrlKey ? 'C-' : '') + e.key + ' ' });
		localStorage.setItem('theme', 'dark'); sessionStorage.setItem('tab', 'one');
		if (location.pathname === '/broken') { console.error('it is', 'broken'); fetch('/missing.css'); undefined_() }
		if (location.hash === '#ask') confirm('Sure?') && (document.title = 'sure');`)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestFlow(t *testing.T) {
	t.Parallel()
	p := NewPage(t, site(t))
	p.Open("/")
	p.Click("#slow")
	equal(t, "the answer, waited for", p.Text("#said"), "forty-two")
	p.Fill("[name=name]", "Ad")
	p.Fill("[name=name]", "Ada")
	p.Fill("[name=colour]", "Green")
	p.Fill("[name=day]", "2030-01-02")
	p.Click(`button:has-text("Send")`)
	equal(t, "the greeting", p.Text("#hello"), "Hello, Ada-g-2030-01-02")
	p.Reload()
	p.WantText("main", "Ada")
	p.Back()
	p.WaitFor("#slow")
	equal(t, "the address", strings.HasSuffix(p.URL(), "/"), true)
	p.Click(`a:has-text("Leave")`)
	p.WantURL("name=link")
	p.WaitGone("#slow")
	p.Axe()
}

func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	p := NewPage(t, site(t))
	p.JavaScript(false)
	p.Open("/")
	p.Axe()
	p.Click("#slow")
	p.Fill("[name=name]", "Grace")
	p.Press("Enter")
	p.WantText("#hello", "Hello, Grace")
	p.Back()
	p.WaitFor("#slow")
	p.Click("a")
	equal(t, "the greeting", p.Text("#hello"), "Hello, link")
	if s := p.Storage(); len(s.Cookies) != 1 || len(s.Local) != 0 {
		t.Errorf("a script ran, or the cookie is missing: %s", s)
	}
	p.JavaScript(true)
	p.Open("/")
	equal(t, "what the script stored", p.Storage().Local["theme"], "dark")
}

func TestKeys(t *testing.T) {
	t.Parallel()
	p := NewPage(t, site(t))
	p.Open("/")
	p.Press("Ctrl+k", "?", "+", "ArrowDown", "Escape")
	equal(t, "the keys", p.Text("#keys"), "C-k ? + ArrowDown Escape")
	p.Press("Tab", "Tab", "Shift+Tab")
	equal(t, "the focus", Eval[string](p, "document.activeElement.id"), "slow")
	p.Press("Space")
	p.WantText("#said", "forty-two")
	p.Fill("[name=name]", "old")
	p.Press("Ctrl+a", "n", "e", "W")
	equal(t, "the field", p.Value("[name=name]"), "neW")
	p.Fill("[name=name]", "")
	equal(t, "the emptied field", p.Value("[name=name]"), "")
}

func TestSizeAndScheme(t *testing.T) {
	t.Parallel()
	p := NewPage(t, site(t))
	p.Open("/")
	background := "getComputedStyle(document.body).backgroundColor"
	equal(t, "the light page", Eval[string](p, background), "rgb(255, 255, 255)")
	p.SetDark(true)
	equal(t, "the dark page", Eval[string](p, background), "rgb(17, 17, 17)")
	p.WaitFor("a")
	p.SetViewport(400, 700)
	p.WaitGone("a")
	equal(t, "the width", Eval[int](p, "innerWidth"), 400)
	p.Shot("shot of " + t.Name())
	picture := filepath.Join(outDir, "shot-of-"+t.Name()+".png")
	defer os.Remove(picture)
	if info, err := os.Stat(picture); err != nil || info.Size() < 1000 {
		t.Errorf("the picture: %v %v", info, err)
	}
}

func TestClipboard(t *testing.T) {
	for i := range 2 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			p := NewPage(t, site(t))
			p.Open("/")
			p.AllowClipboard()
			equal(t, "the clipboard", p.Clipboard(), "")
			p.Click("#slow + button")
			equal(t, "the clipboard", p.Clipboard(), "copied text")
		})
	}
}

func TestStorageIsTheVisitorsOwn(t *testing.T) {
	t.Parallel()
	address := site(t)
	p := NewPage(t, address)
	p.Open("/")
	Eval[any](p, "new Promise(opened => indexedDB.open('drafts').onsuccess = opened)")
	got := p.Storage()
	for _, want := range []string{"visited", "theme", "tab", "drafts"} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	other := NewPage(t, address)
	other.JavaScript(false)
	other.Open("/")
	if s := other.Storage(); len(s.Local) != 0 {
		t.Errorf("another visitor sees %s", s)
	}
}

func TestDialogsAreAccepted(t *testing.T) {
	t.Parallel()
	p := NewPage(t, site(t))
	p.Open("/#ask")
	equal(t, "the title", Eval[string](p, "document.title"), "sure")
	equal(t, "the dialogs", strings.Join(p.Dialogs(), ","), "Sure?")
}

// failing stands in for a test that is expected to fail.
type failing struct {
	*testing.T
	messages []string
	cleanups []func()
}

func (f *failing) Name() string         { return f.T.Name() + "/failing" }
func (f *failing) Failed() bool         { return len(f.messages) > 0 }
func (f *failing) Cleanup(later func()) { f.cleanups = append(f.cleanups, later) }

func (f *failing) Errorf(format string, args ...any) {
	f.messages = append(f.messages, fmt.Sprintf(format, args...))
}

func (f *failing) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// failure runs steps as a test of its own and returns how it failed.
func failure(t *testing.T, steps func(p *Page)) string {
	t.Helper()
	address := site(t)
	f := &failing{T: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for _, later := range f.cleanups {
				later()
			}
		}()
		p := NewPage(f, address)
		p.patience = 2 * time.Second
		steps(p)
	}()
	<-done
	pictures, _ := filepath.Glob(filepath.Join(outDir, fileName(f.Name())+"*"))
	for _, picture := range pictures {
		os.Remove(picture)
	}
	if f.Failed() && len(pictures) < 2 {
		t.Errorf("no picture and no HTML of the failure, only %q", pictures)
	}
	return strings.Join(f.messages, "\n")
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps func(p *Page)
		want  []string
	}{
		{"selector", func(p *Page) { p.Open("/"); p.Click("#[") }, []string{"click #[", "SyntaxError"}},
		{"address", func(p *Page) { p.Open("http://127.0.0.1:1/") }, []string{"open http://127.0.0.1:1/", "ERR_"}},
		{"option", func(p *Page) { p.Open("/"); p.Fill("[name=colour]", "Blue") }, []string{"fill [name=colour]", "no such option"}},
		{"text", func(p *Page) { p.Open("/"); p.WantText("h1", "Real") }, []string{`want "Real" in h1`, "it says: Test", "/; see web/e2e/out"}},
		{"covered", func(p *Page) { p.Open("/covered"); p.Click("button") }, []string{"click button", "covered by <div#over>"}},
		{"axe", func(p *Page) { p.Open("/poor"); p.Axe() }, []string{"image-alt", "target-size", "<img src="}},
		{"keyboard", func(p *Page) { p.Open("/mouse"); p.Keyboard("mouse") }, []string{
			"not a control: <a> “Nowhere”", "tabindex 2: <button> “Early”", "shows no focus: <button.blind>", "to the right of it, <button> “One”: <button> “Two”",
			"holds Tab back: <button#held>", "out of sight: <button.away>",
		}},
		{"escape", func(p *Page) { p.Open("/stuck"); p.Leave("stuck") }, []string{"Escape closes nothing"}},
		{"policy", func(p *Page) { p.Open("/inline") }, []string{"script-src 'self'", "style-src 'self'"}},
		{"script", func(p *Page) { p.Open("/broken") }, []string{`console: "it is" "broken"`, "ReferenceError: undefined_"}},
		{"missing", func(p *Page) {
			p.Open("/broken")
			p.Allow("console", "script:")
			Eval[any](p, "void new FontFace('a','url(/missing.woff)').load().catch(()=>{})")
		}, []string{"font-src"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := failure(t, c.steps)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing in:\n%s", want, got)
				}
			}
		})
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	p := NewPage(t, site(t))
	p.Open("/broken")
	p.WaitFor("p")
	if len(p.ConsoleErrors()) == 0 {
		t.Error("nothing was reported")
	}
	p.Allow("it is", "undefined_")
}
