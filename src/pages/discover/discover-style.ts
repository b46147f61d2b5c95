/** The style of the page of `discover`. */
export const DISCOVER_STYLE = `body{max-width:90rem}h1{overflow-wrap:anywhere}.lead{font-size:1.1rem;margin:.25rem 0 .5rem;color:light-dark(#222,#ddd)}
header p,header nav{max-width:60rem}nav{display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;margin:.5rem 0 1rem}a{color:light-dark(#0b57d0,#a8c7fa)}
section{margin:0 0 2rem}section>h2{font-size:1.2rem;margin:0 0 .25rem}section>p{margin:.1rem 0 .6rem;color:var(--soft);max-width:60rem}
button,input{font:inherit;color:inherit;background:light-dark(#fff,#26262b);border:1px solid light-dark(#888,#888);border-radius:.4rem;padding:.2rem .6rem;min-height:2rem;box-sizing:border-box}
button{cursor:pointer}button:hover{border-color:light-dark(#0b57d0,#a8c7fa)}:focus-visible{outline:3px solid light-dark(#0b57d0,#a8c7fa);outline-offset:2px}
.tools{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;margin:0 0 .5rem}.tools details{font-size:.9rem;color:var(--soft)}.tools summary{cursor:pointer}.tools output{flex-basis:100%;color:var(--soft);font-size:.9rem;overflow-wrap:anywhere;min-height:1.5em}
.view{position:relative;overflow:hidden;height:min(74vh,46rem);border:1px solid var(--line);border-radius:.75rem;background:light-dark(#f6f6f8,#1f1f24);touch-action:none;cursor:grab;user-select:none}
.view.moving{cursor:grabbing}.plane{position:absolute;left:0;top:0;width:100%;height:100%;transform-origin:0 0;will-change:transform}
.plane>a{position:absolute;width:var(--side);height:var(--side);margin:calc(var(--side)/-2) 0 0 calc(var(--side)/-2);border-radius:.25rem;outline-offset:0;-webkit-user-drag:none}
.plane>a>img{display:block;width:100%;height:100%;object-fit:cover;border-radius:.25rem;box-shadow:0 0 0 2px var(--hue);pointer-events:none}
.plane>a.odd>img{box-shadow:0 0 0 2px light-dark(#fff,#000),0 0 0 4px light-dark(#b00020,#ff8a80)}
.plane>a:hover,.plane>a:focus-visible{z-index:3;outline:3px solid light-dark(#0b57d0,#a8c7fa)}.plane.chosen>a:not(.in){opacity:.12}.plane.chosen>a.in{z-index:2}
.plane>.tag{position:absolute;transform:translate(-50%,-50%);z-index:4;padding:.05rem .5rem;min-height:0;border:2px solid var(--hue);border-radius:1rem;background:light-dark(#fffffff0,#17171af0);font-weight:600;line-height:1.35;white-space:nowrap;max-width:16rem;overflow:hidden;text-overflow:ellipsis}
.plane>.tag small{font-weight:400}.plane>.tag.off{visibility:hidden}.plane.chosen>.tag:not(.in){opacity:.5}
.groups{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(21rem,100%),1fr));gap:1rem}
.groups>li{border:1px solid var(--line);border-left:.4rem solid var(--hue);border-radius:.75rem;padding:.7rem .9rem;min-width:0}
.groups h3{margin:0;font-size:1rem}.row{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center}.row input{flex:1 1 8rem;min-width:0;font-weight:600}
.thumbs{display:grid;grid-template-columns:repeat(4,1fr);gap:.3rem;margin:.5rem 0}.thumbs img,.odd-ones img{display:block;width:100%;aspect-ratio:1;object-fit:cover;border-radius:.4rem;background:light-dark(#f1f1f1,#222)}
.count{display:flex;align-items:center;gap:.5rem;margin:.3rem 0;font-variant-numeric:tabular-nums;font-size:.9rem;color:var(--soft)}.count span:first-child{flex:none}
.bar{flex:1;height:.6rem;border-radius:.3rem;background:light-dark(#ececf0,#333)}.bar i{display:block;height:100%;border-radius:.3rem;background:var(--hue)}
.or{margin:.4rem 0 0;font-size:.9rem;color:var(--soft)}.or button{min-height:1.7rem;padding:.05rem .5rem;margin:.1rem .15rem .1rem 0;font-size:.9rem}
.unsure{display:inline-block;margin:.3rem 0 0;padding:0 .5rem;border-radius:1rem;font-size:.85rem;background:light-dark(#fff1cc,#4a3a00);color:light-dark(#5c4300,#ffe08a)}
.save{position:sticky;bottom:0;z-index:5;background:var(--page);border-top:1px solid var(--line);padding:.7rem 0;margin:1rem 0 0}.save p{margin:.35rem 0 0;font-size:.9rem;color:var(--soft)}
.save button{font-weight:600;background:light-dark(#0b57d0,#a8c7fa);color:light-dark(#fff,#062e6f);border-color:transparent}code{overflow-wrap:anywhere;background:light-dark(#f1f1f4,#2a2a30);padding:.05rem .3rem;border-radius:.25rem}
.odd-ones{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:.8rem}.odd-ones li{min-width:0;font-size:.82rem;overflow-wrap:anywhere;color:var(--soft)}
.missing{display:block;aspect-ratio:1;border-radius:.4rem;background:light-dark(#f1f1f1,#222);padding:.3rem;box-sizing:border-box;font-size:.75rem;overflow:hidden}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}footer{padding-top:1rem;border-top:1px solid var(--line);font-size:.9rem;overflow-wrap:anywhere}
@media(max-width:40rem){.view{height:62vh}.plane>.tag{font-size:.85rem;max-width:10rem}.odd-ones{grid-template-columns:repeat(3,1fr)}}
@media print{.tools,.save,.or{display:none}}`;
