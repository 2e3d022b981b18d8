//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

//go:embed axe.min.js
var axeSource string

const runAxe = `(async (only, onTop) => {
	for (const a of document.getAnimations()) try { a.finish() } catch { a.cancel() }
	const part = onTop && [...document.querySelectorAll('dialog:modal')].at(-1) || document;
	const run = selectors => axe.run(part, {...only, selectors, resultTypes: ['violations']});
	let result = await run(false);
	if (result.violations.length) {
		// Selectors take a third of the time. What floats covers nothing for
		// good: what is under it comes out as somebody scrolls.
		const floating = [...document.querySelectorAll('body *')].filter(e => getComputedStyle(e).position == 'sticky');
		for (const e of floating) e.style.position = 'static';
		result = await run(true);
		for (const e of floating) e.style.position = '';
	}
	return result.violations.map(v => ({
		Rule: v.id, Impact: v.impact, Help: v.help, URL: v.helpUrl,
		Nodes: v.nodes.map(n => ({Target: n.target.join(' '), HTML: n.html, Summary: n.failureSummary})),
	}));
})`

// What axe looks for: all that it can check, or what another theme can break.
const (
	allRules    = `{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'], rules: {'target-size': {enabled: true}}}`
	colourRules = `{runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}`
)

type violation struct {
	Rule, Impact, Help, URL string
	Nodes                   []struct{ Target, HTML, Summary string }
}

// Axe fails the test if the page, as it is now, breaks a rule of WCAG 2.0 to 2.2,
// levels A and AA, or a best practice that axe-core can check. The test goes
// on, so that all pages of a flow are reported.
func (p *Page) Axe() {
	p.t.Helper()
	p.holdAgainst(allRules, false)
}

// AxeOnTop is Axe for the topmost dialog, or for the page if there is none.
func (p *Page) AxeOnTop() {
	p.t.Helper()
	p.holdAgainst(allRules, true)
}

// AxeColours is AxeOnTop for what has passed it in other colours.
func (p *Page) AxeColours() {
	p.t.Helper()
	p.holdAgainst(colourRules, true)
}

func (p *Page) holdAgainst(rules string, onTop bool) {
	p.t.Helper()
	p.settle()
	violations, err := p.axe(rules, onTop)
	if err != nil {
		p.fail("axe", err)
	}
	if len(violations) == 0 {
		return
	}
	var report strings.Builder
	for _, v := range violations {
		fmt.Fprintf(&report, "\n%s (%s): %s\n  %s\n", v.Rule, v.Impact, v.Help, v.URL)
		for _, node := range v.Nodes {
			fmt.Fprintf(&report, "  - %s\n    %s\n    %s\n", node.Target, node.HTML, strings.ReplaceAll(node.Summary, "\n", "\n    "))
		}
	}
	where := p.picture()
	p.t.Errorf("axe: %d rules broken %s%s", len(violations), where, report.String())
}

// axe runs in a world of its own: the page's scripts do not see it, and the
// page's policy does not apply to it.
func (p *Page) axe(rules string, onTop bool) (violations []violation, err error) {
	if !p.script {
		// axe needs timers. What the page did not run so far stays unrun.
		if err := p.allowScript(true); err != nil {
			return nil, err
		}
		defer p.allowScript(false)
	}
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	world, err := chromedp.Call(ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{
		FrameID:   cdp.FrameID(chromedp.FromContext(p.ctx).Target.TargetID),
		WorldName: "axe",
	})
	if err != nil {
		return nil, err
	}
	var there bool // since it ran on this page before
	if err := p.evalIn(ctx, world.ExecutionContextID, "'axe' in globalThis", &there); err != nil {
		return nil, err
	}
	if !there {
		if err := p.evalIn(ctx, world.ExecutionContextID, axeSource+";void 0", nil); err != nil {
			return nil, err
		}
	}
	err = p.evalIn(ctx, world.ExecutionContextID, fmt.Sprintf("%s(%s, %t)", runAxe, rules, onTop), &violations)
	return violations, err
}
