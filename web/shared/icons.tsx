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

export const TagIcon = ofPath('M4 5.500v6.200a2 2 0 0 0 .6 1.400l7.300 7.300a2 2 0 0 0 2.800 0l5.700-5.700a2 2 0 0 0 0-2.800L13.100 4.600A2 2 0 0 0 11.700 4H5.500A1.500 1.500 0 0 0 4 5.500z', 'M8.500 8.500h.01');
export const LibraryIcon = ofPath('M4 5h7v8H4zM13 5h7v5h-7zM4 15h7v4H4zM13 12h7v7h-7z');
export const ListIcon = ofPath('M4 6h16M4 12h10M4 18h6');
export const FolderIcon = ofPath('M3.500 7a2 2 0 0 1 2-2h3.700l2.300 2.500h7a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z', 'M12 11v5M9.500 13.500 12 11l2.500 2.500');
export const CameraIcon = ofPath('M4 8.500a2 2 0 0 1 2-2h1.800L9.200 4.500h5.600l1.400 2H18a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z', 'M12 16a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z');
export const PictureIcon = ofPath('M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z', 'm4.500 17.500 5-5 4 4 2.500-2.500 3.500 3.500', 'M15.500 8.500h.01');
export const CloseIcon = ofPath('M6 6l12 12M18 6 6 18');
export const PlusIcon = ofPath('M12 5v14M5 12h14');
export const SearchIcon = ofPath('M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z', 'm15.500 15.500 4.500 4.500');
export const CompareIcon = ofPath('M12 4v16', 'M4 7h4.500M4 12h4.500M4 17h4.500M15.500 7H20M15.500 12H20M15.500 17H20');
export const BulbIcon = ofPath('M9 18h6M10 21h4', 'M12 3a6 6 0 0 0-3.800 10.700c.8.700 1.300 1.500 1.300 2.300h5c0-.8.500-1.600 1.300-2.300A6 6 0 0 0 12 3z');
export const CheckIcon = ofPath('m5 12.500 4.500 4.500L19 7.500');
export const BackIcon = ofPath('m14.500 6-6 6 6 6');
export const NextIcon = ofPath('m9.500 6 6 6-6 6');
export const SunIcon = ofPath('M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z', 'M12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M5.600 18.400l1.100-1.100M17.300 6.700l1.100-1.100');
export const AlertIcon = ofPath('M12 8v5M12 16.500h.01', 'M10.300 4.600 3.300 17a2 2 0 0 0 1.700 3h14a2 2 0 0 0 1.700-3l-7-12.400a2 2 0 0 0-3.400 0z');
export const PencilIcon = ofPath('m5 19 .9-3.700L16 5.200a1.700 1.700 0 0 1 2.400 0l.4.4a1.700 1.700 0 0 1 0 2.400L8.700 18.100z');
export const SimilarIcon = ofPath('M8.500 8.500V6a2 2 0 0 1 2-2H18a2 2 0 0 1 2 2v7.500a2 2 0 0 1-2 2h-2.500', 'M4 10.500a2 2 0 0 1 2-2h7.500a2 2 0 0 1 2 2V18a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z');
