//go:build e2e

package e2e

import "strings"

// Keyboard fails the test if what the page shows now can't be used without a
// mouse: something that can be clicked gets no focus, or shows no sign of
// having it, or gets it in another order than it is read in; or Tab is held
// back by a script. It leaves the focus at the end of the page.
func (p *Page) Keyboard(screen string) {
	p.t.Helper()
	p.Press("Shift+Tab") // from now on the focus is shown
	if problems := Eval[[]string](p, walkFocus); len(problems) > 0 {
		p.t.Errorf("%s at %d px by keyboard:\n  %s\n%s", screen, Eval[int](p, "innerWidth"), strings.Join(problems, "\n  "), p.picture())
	}
}

// Leave closes what is on top with Escape, and fails the test if that does not
// close it or the focus is lost.
func (p *Page) Leave(screen string) {
	p.t.Helper()
	const top = `[...document.querySelectorAll("dialog:modal, :popover-open")].filter(e => e.id !== "toasts").length`
	before := Eval[int](p, top)
	if before == 0 || Eval[bool](p, `!!document.querySelector("dialog[data-guard]:modal")`) {
		return
	}
	if !Eval[bool](p, `document.hasFocus() && (dialog => !dialog || dialog.contains(document.activeElement))([...document.querySelectorAll("dialog:modal")].at(-1))`) {
		p.t.Errorf("%s: the focus is outside of the dialog", screen)
	}
	p.Press("Escape")
	if Eval[int](p, top) >= before {
		p.t.Errorf("%s: Escape closes nothing", screen)
	}
	if Eval[bool](p, `document.activeElement === document.body`) {
		p.t.Errorf("%s: closing lost the focus", screen)
	}
}

// walkFocus gives the focus to one thing after the other, in the order of Tab.
const walkFocus = `(() => {` + lookup + `
const name = e => say(e) + ' “' + squash(e.getAttribute('aria-label') || e.innerText || e.value || e.name || '').slice(0, 40) + '”';
const problems = [];
const root = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
const control = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
const shown = e => e.checkVisibility({visibilityProperty: true}) && !e.closest('[inert]') && getComputedStyle(e).display !== 'none';
for (const e of root.querySelectorAll('a:not([href]), [role=button]:not(button), [onclick]')) if (shown(e) && !e.matches(control)) problems.push('not a control: ' + name(e));
const radios = new Set();
const stops = [...root.querySelectorAll(control)].filter(e => {
	if (e.matches(':disabled') || !shown(e) || e.tabIndex < 0) return false;
	if (e.tabIndex > 0) problems.push('tabindex ' + e.tabIndex + ': ' + name(e));
	if (e.type !== 'radio') return true;
	const group = (e.form?.id ?? '') + ' ' + e.name, chosen = [...root.querySelectorAll('input[type=radio]:checked')].find(r => r.name === e.name && r.form === e.form);
	if (chosen ? chosen !== e : radios.has(group)) return false;
	radios.add(group);
	return true;
});
const looks = e => {
	const near = [e, ...(e.labels ?? []), e.parentElement, e.parentElement.parentElement];
	return near.map(n => { const s = getComputedStyle(n); return [s.outlineStyle === 'none' ? '' : s.outlineStyle + s.outlineWidth + s.outlineColor, s.boxShadow, s.borderColor].join() }).join(';');
};
const box = e => {
	const r = e.getBoundingClientRect(), label = e.labels?.[0]?.getBoundingClientRect();
	return (r.width < 5 || r.height < 5) && label ? label : r;
};
const place = e => e.closest(':popover-open, .skip, .toasts, .bulk, .panel, .side, header, thead, dialog') ?? document.body;
let before = null;
for (const e of stops) {
	document.activeElement?.blur();
	const plain = looks(e);
	e.focus();
	if (document.activeElement !== e) { problems.push('gets no focus: ' + name(e)); continue; }
	if (looks(e) === plain) problems.push('shows no focus: ' + name(e));
	if (e.matches(':not(input, select, textarea)') || e.matches('[readonly]')) {
		const tab = new KeyboardEvent('keydown', {key: 'Tab', bubbles: true, cancelable: true});
		if (!e.dispatchEvent(tab)) problems.push('holds Tab back: ' + name(e));
	}
	const r = box(e);
	if (r.width && r.height) {
		const x = Math.min(Math.max(r.x + r.width / 2, 0), innerWidth - 1), y = Math.min(Math.max(r.y + r.height / 2, 0), innerHeight - 1);
		const top = document.elementFromPoint(x, y);
		if (r.bottom <= 0 || r.right <= 0 || r.top >= innerHeight || r.left >= innerWidth) problems.push('has the focus out of sight: ' + name(e));
		else if (top && !top.closest(':popover-open') && !e.contains(top) && !top.contains(e) && !top.closest('label')?.contains(e)) problems.push('has the focus beneath ' + say(top) + ': ' + name(e));
	}
	if (before && place(before) === place(e) && r.width && r.height) {
		const was = box(before); // where it is now: giving the focus scrolls
		const line = Math.min(was.bottom, r.bottom) - Math.max(was.y, r.y), column = Math.min(was.right, r.right) - Math.max(was.x, r.x);
		const sameLine = line > Math.min(was.height, r.height) / 2;
		if (sameLine && r.right <= was.x + 1) problems.push('comes after what is to the right of it, ' + name(before) + ': ' + name(e));
		else if (!sameLine && r.bottom <= was.y + 1 && column > 0) problems.push('comes after what is below it, ' + name(before) + ': ' + name(e));
	}
	before = e;
}
if (root === document.body && document.querySelector('.side') && !stops[0]?.matches('.skip')) problems.push('the way past the menu does not come first, but ' + (stops[0] ? name(stops[0]) : 'nothing'));
const skip = document.querySelector('a.skip');
if (skip && document.querySelector(skip.getAttribute('href'))?.localName !== 'main') problems.push('the way past the menu does not lead to what the page is about');
return problems;
})()`
