//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	patience = 15 * time.Second // for one step or command, on a busy machine
	pause    = 20 * time.Millisecond
	outDir   = "out"
)

// Open goes to an address, which may be a path below the page's base.
func (p *Page) Open(address string) {
	p.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = p.base + address
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: address})
	if err == nil && result.ErrorText != "" {
		err = errors.New(result.ErrorText)
	}
	if err != nil {
		p.fail("open "+address, err)
	}
	p.settle()
}

// Click clicks the middle of an element with the mouse, when it has stopped
// moving, is enabled and nothing covers it.
func (p *Page) Click(sel string) {
	p.t.Helper()
	var last [2]float64
	p.try("click "+sel, func(ctx context.Context) error {
		var at struct {
			Why  string
			X, Y float64
		}
		if err := p.eval(ctx, with(sel, clickable), &at); err != nil {
			return err
		}
		if at.Why != "" {
			return errors.New(at.Why)
		}
		if now := [2]float64{at.X, at.Y}; now != last {
			last = now
			return errors.New("it keeps moving")
		}
		return p.mouse(ctx, at.X, at.Y)
	})
	p.settle()
}

const clickable = `
const e = find(...sel);
if (!e) return {Why: any(...sel) ? 'it cannot be seen' : 'there is none'};
if (e.matches(':disabled, [aria-disabled=true]')) return {Why: 'it is disabled'};
e.scrollIntoViewIfNeeded();
const r = e.getClientRects()[0], X = r.x + r.width / 2, Y = r.y + r.height / 2, top = document.elementFromPoint(X, Y);
if (!top) return {Why: 'it is outside the window'};
if (!e.contains(top) && top.closest('label')?.control !== e) return {Why: 'it is covered by ' + say(top)};
return {X, Y};`

func (p *Page) mouse(ctx context.Context, x, y float64) error {
	for _, event := range []input.DispatchMouseEventParams{
		{Type: input.DispatchMouseEventTypeMouseMoved},
		{Type: input.DispatchMouseEventTypeMousePressed, Button: input.MouseButtonLeft, ClickCount: 1},
		{Type: input.DispatchMouseEventTypeMouseReleased, Button: input.MouseButtonLeft, ClickCount: 1},
	} {
		event.X, event.Y = x, y
		if _, err := chromedp.Call(ctx, input.DispatchMouseEvent, event); err != nil {
			return err
		}
	}
	return nil
}

// Fill replaces what a field holds, as typing does: a change event follows
// when the field is left. In a select it chooses the option with that value
// or label; of a date or time field text is the value.
func (p *Page) Fill(sel, text string) {
	p.t.Helper()
	p.try("fill "+sel, func(ctx context.Context) error {
		var how string
		if err := p.eval(ctx, with(sel, fillable, text), &how); err != nil {
			return err
		}
		switch {
		case how == "done":
			return nil
		case how != "type":
			return errors.New(how)
		case text == "":
			return p.key(ctx, "Delete")
		}
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
	p.settle()
}

const fillable = `
const e = find(...sel);
if (!e) return any(...sel) ? 'it cannot be seen' : 'there is none';
if (e.matches(':disabled, :read-only:not(select)')) return 'it cannot be changed';
e.focus();
if (e.localName === 'select') {
	const o = [...e.options].find(o => o.value === x[0] || squash(o.label) === x[0]);
	if (!o) return 'it has no such option';
	e.value = o.value;
} else if (['date', 'time', 'datetime-local', 'month', 'week', 'color', 'range'].includes(e.type)) {
	e.value = x[0];
} else {
	e.select ? e.select() : getSelection().selectAllChildren(e);
	return 'type';
}
e.dispatchEvent(new Event('input', {bubbles: true}));
e.dispatchEvent(new Event('change', {bubbles: true}));
return 'done';`

// Text returns the text of an element as a person sees it, with single spaces.
func (p *Page) Text(sel string) string {
	p.t.Helper()
	return p.read("read "+sel, sel, "return e => squash(e.innerText)")
}

// Value returns what a field holds.
func (p *Page) Value(sel string) string {
	p.t.Helper()
	return p.read("read the value of "+sel, sel, "return e => e.value")
}

func (p *Page) read(name, sel, function string) string {
	p.t.Helper()
	var text *string
	p.try(name, func(ctx context.Context) error {
		body := "const e = find(...sel); return e ? (() => {" + function + "})()(e) : null"
		if err := p.eval(ctx, with(sel, body), &text); err != nil {
			return err
		}
		if text == nil {
			return errors.New("there is none that can be seen")
		}
		return nil
	})
	return *text
}

// WantText waits until an element that can be seen contains text.
func (p *Page) WantText(sel, text string) {
	p.t.Helper()
	p.want(fmt.Sprintf("want %q in %s", text, sel), sel, `
const found = all(...sel).filter(seen).map(e => squash(e.innerText));
return found.some(t => t.includes(x[0])) ? '' : found.length ? 'it says: ' + found.slice(0, 5).join(' | ') : 'there is none that can be seen'`, text)
}

// WaitFor waits until an element can be seen.
func (p *Page) WaitFor(sel string) {
	p.t.Helper()
	p.want("wait for "+sel, sel, "return find(...sel) ? '' : any(...sel) ? 'it cannot be seen' : 'there is none'")
}

// WaitGone waits until no matching element can be seen.
func (p *Page) WaitGone(sel string) {
	p.t.Helper()
	p.want("wait until gone: "+sel, sel, "const e = find(...sel); return e ? 'still there: ' + squash(e.innerText) : ''")
}

// WantURL waits until the address contains text.
func (p *Page) WantURL(text string) {
	p.t.Helper()
	p.want("want the address to contain "+text, "", "return location.href.includes(x[0]) ? '' : 'it is ' + location.href", text)
}

// want tries until body returns no reason.
func (p *Page) want(name, sel, body string, args ...any) {
	p.t.Helper()
	p.try(name, func(ctx context.Context) error {
		why := "the page does not answer"
		if err := p.eval(ctx, with(sel, body, args...), &why); err != nil {
			return err
		}
		if why != "" {
			return errors.New(why)
		}
		return nil
	})
}

// URL returns the address of the page.
func (p *Page) URL() string {
	p.t.Helper()
	return p.read("read the address", "html", "return () => location.href")
}

// Back goes back in the history.
func (p *Page) Back() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	history, err := chromedp.Call(ctx, page.GetNavigationHistory, cdp.Empty{})
	if err == nil && history.CurrentIndex == 0 {
		err = errors.New("this is the first page")
	}
	if err == nil {
		id := history.Entries[history.CurrentIndex-1].ID
		err = call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: id})
	}
	if err != nil {
		p.fail("go back", err)
	}
	p.try("go back", func(ctx context.Context) error {
		now, err := chromedp.Call(ctx, page.GetNavigationHistory, cdp.Empty{})
		if err == nil && now.CurrentIndex != history.CurrentIndex-1 {
			err = errors.New("the browser stays")
		}
		return err
	})
	p.settle()
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.t.Helper()
	if err := call(p.ctx, page.Reload, page.ReloadParams{}); err != nil {
		p.fail("reload", err)
	}
	p.settle()
}

// SetViewport makes the window that large.
func (p *Page) SetViewport(width, height int) {
	p.t.Helper()
	err := call(p.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(width), Height: int64(height), DeviceScaleFactor: 1,
	})
	if err != nil {
		p.fail("set the size of the window", err)
	}
}

// SetDark says whether the visitor prefers a dark page. They always prefer
// little motion, so that pictures and tests do not depend on time.
func (p *Page) SetDark(dark bool) {
	p.t.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[dark]
	err := call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		p.fail("prefer a "+scheme+" page", err)
	}
}

// JavaScript says whether pages that are opened from now on may run scripts.
func (p *Page) JavaScript(on bool) {
	p.t.Helper()
	if err := p.allowScript(on); err != nil {
		p.fail("switch JavaScript", err)
	}
}

func (p *Page) allowScript(on bool) error {
	p.script = on
	return call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// try repeats attempt until it succeeds. The test fails with the last reason.
func (p *Page) try(name string, attempt func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, p.patience)
	defer cancel()
	var why error
	for {
		err := attempt(ctx)
		if err == nil {
			return
		}
		if why == nil || ctx.Err() == nil {
			why = err
		}
		if bad, ok := errors.AsType[*chromedp.ExceptionError](err); ok && strings.Contains(bad.Error(), "SyntaxError") {
			p.fail(name, err) // a mistake in a selector does not go away
		}
		select {
		case <-ctx.Done():
			p.fail(name, why)
		case <-time.After(pause):
		}
	}
}

// settle waits until what a step has set off is done: the page is loaded, and
// nothing that it has asked for is missing. A page that never comes to rest is
// left to the steps that follow.
func (p *Page) settle() {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	for quiet := 0; quiet < 3 && ctx.Err() == nil; {
		time.Sleep(pause / 2)
		// Asking the page makes sure that it has handled all input.
		var state string
		err := p.eval(ctx, "document.readyState", &state)
		if err == nil && state == "complete" && !p.watch.busy() {
			quiet++
		} else {
			quiet = 0
		}
	}
}

// fail ends the test with a picture of what the person would see.
func (p *Page) fail(step string, err error) {
	p.t.Helper()
	where := p.picture()
	p.t.Fatalf("%s: %v\n%s", step, err, where)
}

// picture saves the page as it is and tells where.
func (p *Page) picture() string {
	p.pictures++
	name := fmt.Sprintf("%s-%d", fileName(p.t.Name()), p.pictures)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	var address, html string
	err := errors.Join(
		os.MkdirAll(outDir, 0o755),
		p.eval(ctx, "location.href", &address),
		p.eval(ctx, "document.documentElement.outerHTML", &html),
		os.WriteFile(filepath.Join(outDir, name+".html"), []byte(html), 0o644),
		p.shot(ctx, name),
	)
	if err != nil {
		return fmt.Sprintf("at %s; no picture: %v", address, err)
	}
	return fmt.Sprintf("at %s; see web/e2e/%s.png and .html", address, filepath.ToSlash(filepath.Join(outDir, name)))
}

// Shot saves a picture of the whole page as out/name.png.
func (p *Page) Shot(name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := errors.Join(os.MkdirAll(outDir, 0o755), p.shot(ctx, fileName(name))); err != nil {
		p.t.Fatalf("picture %s: %v", name, err)
	}
}

func (p *Page) shot(ctx context.Context, name string) error {
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(outDir, name+".png"), png, 0o644)
}

func fileName(name string) string {
	return regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(name, "-")
}

// origin is the scheme, host and port of the page.
func (p *Page) origin(ctx context.Context) (string, error) {
	var address string
	if err := p.eval(ctx, "location.href", &address); err != nil {
		return "", err
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	return u.Scheme + "://" + u.Host, nil
}
