//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Eval returns the value of a JavaScript expression in the page, waiting for it
// if it is a promise. Use T = any where the value does not matter. It works
// while JavaScript is off as well, except for promises.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	var value T
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := p.eval(ctx, expression, &value); err != nil {
		p.fail("evaluate "+expression, err)
	}
	return value
}

// eval is Eval with an error. It does nothing to what the page has defined, and
// no content security policy applies to it.
func (p *Page) eval(ctx context.Context, expression string, into any) error {
	return p.evalIn(ctx, 0, expression, into)
}

// evalIn evaluates in a world of the page; 0 is the page's own.
func (p *Page) evalIn(ctx context.Context, world runtime.ExecutionContextID, expression string, into any) error {
	yes, await := true, p.script
	result, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression:    expression,
		ContextID:     world,
		ReturnByValue: &yes,
		UserGesture:   &yes,
		AwaitPromise:  &await,
	})
	switch {
	case err != nil:
		return err
	case result.ExceptionDetails != nil:
		return &chromedp.ExceptionError{ExceptionDetails: result.ExceptionDetails}
	case into == nil || len(result.Result.Value) == 0:
		return nil
	}
	return json.Unmarshal(result.Result.Value, into)
}

// call sends a command whose answer does not matter.
func call[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := chromedp.Call(ctx, command, params)
	return err
}

// lookup is what every expression about an element may use: find returns the
// first visible match, any the first match.
const lookup = `
const squash = text => text.replace(/\s+/g, ' ').trim();
const all = (css, text) => [...document.querySelectorAll(css)].filter(e => !text || squash(e.textContent).includes(text));
const seen = e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && e.checkVisibility({visibilityProperty: true}); };
const any = (...args) => all(...args)[0];
const find = (...args) => all(...args).find(seen);
const say = e => '<' + e.localName + (e.id ? '#' + e.id : '') + [...e.classList].map(c => '.' + c).join('') + '>';
`

// with returns an expression that runs body, in which sel is the selector as
// the arguments of find and any, and x the list of args.
func with(sel, body string, args ...any) string {
	css, text := split(sel)
	if args == nil {
		args = []any{}
	}
	return fmt.Sprintf("(() => {%s const sel = %s, x = %s;\n%s})()", lookup, literal([]any{css, text}), literal(args), body)
}

// split takes a closing :has-text("...") from a selector.
func split(sel string) (css, text string) {
	css, text, ok := strings.Cut(sel, `:has-text("`)
	if !ok || !strings.HasSuffix(text, `")`) {
		return sel, ""
	}
	if css == "" {
		css = "*"
	}
	return css, strings.TrimSuffix(text, `")`)
}

func literal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // only strings and numbers come here
	}
	return string(text)
}
