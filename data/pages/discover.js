// The map and the names on the page of "labelwise discover". It is written into the page, and needs nothing else.
(() => {
  const view = document.querySelector('.view');
  const plane = document.querySelector('.plane');
  const pictures = [...plane.querySelectorAll('a')];
  const tags = [...plane.querySelectorAll('.tag')];
  const items = [...document.querySelectorAll('.groups > li')];
  const says = document.querySelector('.tools output');
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let [zoom, left, top] = [1, 0, 0]; // the plane is zoom times as large as the view, and moved by so many pixels

  for (const copy of document.querySelectorAll('img[data-of]')) {
    const source = document.querySelector(`#${copy.dataset.of} img`)?.src;
    if (source) copy.src = source;
  }

  /** A picture fills most of its cell, so none covers another. */
  let { columns, rows } = plane.dataset;
  if (view.clientHeight > view.clientWidth) {
    [columns, rows] = [rows, columns]; // a phone held upright: the map stands too
    for (const { style } of [...pictures, ...tags]) [style.left, style.top] = [style.top, style.left];
  }
  const sideAt = (factor) => Math.min(320, 0.9 * factor * Math.min(view.clientWidth / columns, view.clientHeight / rows));

  function draw() {
    left = Math.min(0, Math.max(view.clientWidth * (1 - zoom), left));
    top = Math.min(0, Math.max(view.clientHeight * (1 - zoom), top));
    plane.style.width = `${100 * zoom}%`;
    plane.style.height = `${100 * zoom}%`;
    plane.style.transform = `translate(${left}px,${top}px)`;
    plane.style.setProperty('--side', `${sideAt(zoom)}px`);
  }

  /** Of names that would cover each other, the one of the larger group is shown: tags are in that order. Names stay within the view. */
  function showTags() {
    const taken = [];
    for (const tag of tags) {
      const [x, y] = middleOf(tag);
      const [halfWidth, halfHeight] = [tag.offsetWidth / 2 + 2, tag.offsetHeight / 2 + 2];
      const inside = x >= 0 && x <= view.clientWidth && y >= 0 && y <= view.clientHeight;
      const toX = inside ? Math.min(view.clientWidth - halfWidth, Math.max(halfWidth, x)) : x;
      const toY = inside ? Math.min(view.clientHeight - halfHeight, Math.max(halfHeight, y)) : y;
      tag.style.transform = `translate(calc(-50% + ${toX - x}px),calc(-50% + ${toY - y}px))`;
      const covers = taken.some((other) => Math.abs(other.x - toX) < other.halfWidth + halfWidth && Math.abs(other.y - toY) < other.halfHeight + halfHeight);
      tag.classList.toggle('off', covers);
      if (!covers) taken.push({ x: toX, y: toY, halfWidth, halfHeight });
    }
  }

  function zoomTo(next, x = view.clientWidth / 2, y = view.clientHeight / 2) {
    const factor = Math.min(24, Math.max(1, next));
    left = x - ((x - left) * factor) / zoom;
    top = y - ((y - top) * factor) / zoom;
    zoom = factor;
    draw();
    showTags();
  }

  const shareOf = (element) => [Number.parseFloat(element.style.left) / 100, Number.parseFloat(element.style.top) / 100];

  function centre(x, y) {
    left = view.clientWidth * (0.5 - x * zoom);
    top = view.clientHeight * (0.5 - y * zoom);
    draw();
    showTags();
  }

  function choose(group) {
    plane.classList.toggle('chosen', group !== undefined);
    for (const one of [...pictures, ...tags]) one.classList.toggle('in', one.dataset.group === group);
    if (group === undefined) return;
    const own = pictures.filter((picture) => picture.dataset.group === group).map(shareOf);
    const middle = (axis) => own.map((place) => place[axis]).sort((a, b) => a - b);
    const [xs, ys] = [middle(0), middle(1)];
    const at = (values, share) => values[Math.round(share * (values.length - 1))];
    const [west, east, north, south] = [at(xs, 0.05), at(xs, 0.95), at(ys, 0.05), at(ys, 0.95)]; // a few may be far out
    zoom = Math.min(10, Math.max(1, 0.75 / Math.max(0.05, east - west + 1 / columns, south - north + 1 / rows)));
    centre((west + east) / 2, (north + south) / 2);
    says.textContent = `${nameOf(group)}: ${own.length} pictures. Escape shows all again.`;
  }

  const itemOf = (group) => items.find((item) => item.dataset.group === group);
  const nameOf = (group) => itemOf(group)?.querySelector('input').value.trim() ?? 'odd one out';

  function showAll() {
    [zoom, left, top] = [1, 0, 0];
    choose(undefined);
    draw();
    showTags();
    says.textContent = '';
  }

  function describe(picture) {
    says.textContent = `${picture.dataset.group === undefined ? 'odd one out' : nameOf(picture.dataset.group)}: ${picture.title.replace(/^.*?: /, '')}`;
  }

  // pointers: one moves the map, two zoom it, a click on a picture opens it
  const pointers = new Map();
  let travelled = 0;
  view.addEventListener('pointerdown', (event) => {
    if (event.button > 0 || event.target.closest('.tag')) return;
    pointers.set(event.pointerId, event);
    travelled = 0;
  });
  view.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const box = view.getBoundingClientRect();
    const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    travelled += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
    if (travelled > 5 && !view.classList.contains('moving')) {
      view.classList.add('moving');
      view.setPointerCapture(event.pointerId);
    }
    pointers.set(event.pointerId, event);
    if (other) {
      const span = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      zoomTo((zoom * span(event)) / Math.max(1, span(before)), (event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top);
    } else if (travelled > 5) {
      left += event.clientX - before.clientX;
      top += event.clientY - before.clientY;
      draw();
      showTags();
    }
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave'])
    view.addEventListener(end, (event) => {
      if (pointers.delete(event.pointerId) && pointers.size === 0) setTimeout(() => view.classList.remove('moving'));
    });
  view.addEventListener('click', (event) => {
    if (view.classList.contains('moving') || travelled > 5) {
      event.preventDefault();
      return;
    }
    const tag = event.target.closest('.tag');
    if (tag) choose(tag.dataset.group);
  });
  view.addEventListener('dragstart', (event) => event.preventDefault());
  view.addEventListener(
    'wheel',
    (event) => {
      if (zoom === 1 && event.deltaY > 0) return; // the page scrolls on
      event.preventDefault();
      const box = view.getBoundingClientRect();
      zoomTo(zoom * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );
  plane.addEventListener('pointerover', (event) => {
    const picture = event.target.closest('a');
    if (picture) describe(picture);
  });

  // the keyboard: one picture at a time can be reached by Tab, arrows go to the nearest one in their direction
  let current = pictures[0];
  function makeCurrent(picture) {
    if (current) current.tabIndex = -1;
    current = picture;
    current.tabIndex = 0;
  }
  if (current) makeCurrent(current);
  function step(dx, dy) {
    const [x, y] = shareOf(current);
    let [best, least] = [undefined, Number.POSITIVE_INFINITY];
    for (const picture of pictures) {
      const [toX, toY] = shareOf(picture);
      const along = (toX - x) * dx + (toY - y) * dy;
      const aside = Math.abs((toX - x) * dy) + Math.abs((toY - y) * dx);
      if (picture === current || along <= 0 || aside > along * 2) continue;
      if (along + aside * 2 < least) [best, least] = [picture, along + aside * 2];
    }
    if (best) best.focus({ preventScroll: true });
  }
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  view.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (steps[event.key]) step(...steps[event.key]);
    else if (event.key === '+' || event.key === '=') zoomTo(zoom * 1.5, ...middleOf(current));
    else if (event.key === '-') zoomTo(zoom / 1.5, ...middleOf(current));
    else if (event.key === '0' || event.key === 'Escape') showAll();
    else return;
    event.preventDefault();
  });
  function middleOf(picture) {
    const [x, y] = shareOf(picture);
    return [x * view.clientWidth * zoom + left, y * view.clientHeight * zoom + top];
  }
  plane.addEventListener('focusin', (event) => {
    const picture = event.target.closest('a');
    if (!picture) return;
    makeCurrent(picture);
    describe(picture);
    const [x, y] = middleOf(picture);
    const edge = sideAt(zoom);
    if (x < edge || y < edge || x > view.clientWidth - edge || y > view.clientHeight - edge) centre(...shareOf(picture));
    view.scrollTo(0, 0); // browsers scroll what has focus into view, which the map does itself
  });

  document.querySelector('.tools').addEventListener('click', (event) => {
    const how = event.target.dataset.zoom;
    if (how === 'in') zoomTo(zoom * 1.6);
    if (how === 'out') zoomTo(zoom / 1.6);
    if (how === 'all') showAll();
  });
  addEventListener('resize', () => {
    draw();
    showTags();
  });

  // names
  const groups = document.querySelector('.groups');
  const saved = document.querySelector('.save output');
  groups.addEventListener('click', (event) => {
    const { show, name } = event.target.dataset;
    if (show !== undefined) {
      choose(show);
      view.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' });
    }
    if (name !== undefined) {
      const input = event.target.closest('li').querySelector('input');
      event.target.dataset.name = input.value;
      event.target.textContent = input.value;
      input.value = name;
      rename(input);
    }
  });
  groups.addEventListener('input', (event) => rename(event.target));
  function rename(input) {
    const { group } = input.closest('li').dataset;
    const name = input.value.trim();
    tags.find((tag) => tag.dataset.group === group).firstElementChild.textContent = name || '?';
    const changed = items.filter((item) => item.querySelector('input').value.trim() !== item.dataset.word).length;
    saved.textContent = changed === 0 ? '' : `${changed} ${changed === 1 ? 'name' : 'names'} changed, not saved yet`;
    showTags();
  }
  document.querySelector('[data-save]').addEventListener('click', (event) => {
    const labels = new Map();
    for (const item of items) {
      const label = item.querySelector('input').value.trim() || item.dataset.word;
      const same = labels.get(label);
      if (same) same.synonyms = [...(same.synonyms ?? []), item.dataset.word];
      else labels.set(label, { label, promptName: item.dataset.word });
    }
    const text = JSON.stringify({ source: 'labelwise discover', labels: [...labels.values()] }, null, 2);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: 'application/json' }));
    link.download = event.target.dataset.save;
    link.click();
    URL.revokeObjectURL(link.href);
    saved.textContent = `${labels.size} names saved as ${link.download}`;
  });

  draw();
  showTags();
})();
