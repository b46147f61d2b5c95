/** Makes a label set the labels of the classify view, which reads them when it opens. */
export function chooseForClassify(name: string): void {
  const place = 'labelwise-list-a';
  const kept = JSON.parse(localStorage.getItem(place) ?? '{}') as object;
  localStorage.setItem(place, JSON.stringify({ ...kept, stored: name }));
}
