import cat from '../../demo/photos/cat.jpg?url';
import coffee from '../../demo/photos/coffee.jpg?url';
import rocket from '../../demo/photos/rocket.jpg?url';

export interface Sample {
  readonly name: string;
  readonly title: string;
  readonly url: string;
}

/** Photos of the demo (CC0 and public domain), loaded only when they are wanted. */
export const SAMPLES: readonly Sample[] = [
  { name: 'cat.jpg', title: 'a cat', url: cat },
  { name: 'coffee.jpg', title: 'a cup of coffee', url: coffee },
  { name: 'rocket.jpg', title: 'a rocket', url: rocket },
];

export async function loadSample({ name, url }: Sample): Promise<File> {
  const blob = await (await fetch(url)).blob();
  return new File([blob], name, { type: blob.type });
}
