import { useEffect, useRef, useState } from 'preact/hooks';
import { currentKey } from '../api/key.js';
import { send } from '../api/request.js';

interface Props {
  readonly id: string;
  readonly side: number;
  readonly alt: string;
  readonly onMissing?: () => void;
}

/** A small picture of an image of the library. An <img> sends no key, so where there is one, the bytes are asked for instead. */
export function Thumbnail({ id, side, alt, onMissing }: Props) {
  const [isMissing, setMissing] = useState(false);
  const address = `/v1/images/${id}/thumbnail?side=${side}`;
  const miss = (): void => {
    setMissing(true);
    onMissing?.();
  };
  if (isMissing) return <span class="thumb-missing">{alt === '' ? 'The file is gone' : `${alt}: the file is gone`}</span>;
  if (currentKey() === null) return <img src={address} alt={alt} loading="lazy" decoding="async" onError={miss} />;
  return <KeyedThumbnail {...{ address, alt, miss }} />;
}

function KeyedThumbnail({ address, alt, miss }: { address: string; alt: string; miss: () => void }) {
  const place = useRef<HTMLImageElement>(null);
  const [url, setUrl] = useState<string | undefined>();
  useEffect(() => {
    const stopped = new AbortController();
    let made: string | undefined;
    const load = async (): Promise<void> => {
      const blob = await (await send(address, { signal: stopped.signal })).blob();
      made = URL.createObjectURL(blob);
      setUrl(made);
    };
    const seen = new IntersectionObserver(
      ([entry]) => {
        if (!entry?.isIntersecting) return;
        seen.disconnect();
        load().catch(() => stopped.signal.aborted || miss());
      },
      { rootMargin: '400px' },
    );
    seen.observe(place.current as HTMLImageElement);
    return () => {
      seen.disconnect();
      stopped.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [address]);
  return <img ref={place} src={url} alt={alt} decoding="async" />;
}
