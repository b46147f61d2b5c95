import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

const ofPath = (...paths: string[]) =>
  function PathIcon() {
    return (
      <Icon>
        {paths.map((path) => (
          <path key={path} d={path} />
        ))}
      </Icon>
    );
  };

export const TagIcon = ofPath(
  'M4 5.5v6.2a2 2 0 0 0 .6 1.4l7.3 7.3a2 2 0 0 0 2.8 0l5.7-5.7a2 2 0 0 0 0-2.8L13.1 4.6A2 2 0 0 0 11.7 4H5.5A1.5 1.5 0 0 0 4 5.5z',
  'M8.5 8.5h.01',
);
export const LibraryIcon = ofPath('M4 5h7v8H4zM13 5h7v5h-7zM4 15h7v4H4zM13 12h7v7h-7z');
export const ListIcon = ofPath('M4 6h16M4 12h10M4 18h6');
export const FolderIcon = ofPath(
  'M3.5 7a2 2 0 0 1 2-2h3.7l2.3 2.5h7a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z',
  'M12 11v5M9.5 13.5 12 11l2.5 2.5',
);
export const CameraIcon = ofPath(
  'M4 8.5a2 2 0 0 1 2-2h1.8L9.2 4.5h5.6l1.4 2H18a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z',
  'M12 16a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
);
export const PictureIcon = ofPath(
  'M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z',
  'm4.5 17.5 5-5 4 4 2.5-2.5 3.5 3.5',
  'M15.5 8.5h.01',
);
export const CloseIcon = ofPath('M6 6l12 12M18 6 6 18');
export const PlusIcon = ofPath('M12 5v14M5 12h14');
export const SearchIcon = ofPath('M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z', 'm15.5 15.5 4.5 4.5');
export const CompareIcon = ofPath('M12 4v16', 'M4 7h4.5M4 12h4.5M4 17h4.5M15.5 7H20M15.5 12H20M15.5 17H20');
export const BulbIcon = ofPath('M9 18h6M10 21h4', 'M12 3a6 6 0 0 0-3.8 10.7c.8.7 1.3 1.5 1.3 2.3h5c0-.8.5-1.6 1.3-2.3A6 6 0 0 0 12 3z');
export const CheckIcon = ofPath('m5 12.5 4.5 4.5L19 7.5');
export const BackIcon = ofPath('m14.5 6-6 6 6 6');
export const NextIcon = ofPath('m9.5 6 6 6-6 6');
export const SunIcon = ofPath(
  'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z',
  'M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
);
export const AlertIcon = ofPath('M12 8v5M12 16.5h.01', 'M10.3 4.6 3.3 17a2 2 0 0 0 1.7 3h14a2 2 0 0 0 1.7-3l-7-12.4a2 2 0 0 0-3.4 0z');
export const PencilIcon = ofPath('m5 19 .9-3.7L16 5.2a1.7 1.7 0 0 1 2.4 0l.4.4a1.7 1.7 0 0 1 0 2.4L8.7 18.1z');
export const SimilarIcon = ofPath(
  'M8.5 8.5V6a2 2 0 0 1 2-2H18a2 2 0 0 1 2 2v7.5a2 2 0 0 1-2 2h-2.5',
  'M4 10.5a2 2 0 0 1 2-2h7.5a2 2 0 0 1 2 2V18a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z',
);
export const TrashIcon = ofPath(
  'M5 7h14M10 7V4.5h4V7',
  'M7 7l.8 11.2a1.5 1.5 0 0 0 1.5 1.3h5.4a1.5 1.5 0 0 0 1.5-1.3L17 7',
  'M10.5 11v4.5M13.5 11v4.5',
);
export const FilterIcon = ofPath('M4 6h16M7 12h10M10 18h4');
export const BookIcon = ofPath('M5 5.5A1.5 1.5 0 0 1 6.5 4H19v13H6.5A1.5 1.5 0 0 0 5 18.5z', 'M5 18.5A1.5 1.5 0 0 0 6.5 20H19v-3');
