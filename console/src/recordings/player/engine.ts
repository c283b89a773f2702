/**
 * Sound itself: one audio element over HTTP Range, a volume for each side, and an honest state.
 * Nothing is fetched before the first play, because fetching is listening and is written into the ledger.
 * It knows nothing of React or of waveforms.
 */
import { noteActivity } from '../../api/activity';
import { clampTime, type Interval, skipTarget } from './maths';

export type Trouble = 'network' | 'unplayable';
export interface EngineState {
  playing: boolean;
  waiting: boolean;
  positionMs: number;
  rate: number;
  muted: boolean;
  /** The volume of each side, 0 to 1.5. */
  volumes: number[];
  skipSilence: boolean;
  trouble: Trouble | null;
}

const smoothSeconds = 0.015;

export class Engine {
  private readonly audio = new Audio();
  private readonly listeners = new Set<() => void>();
  private context: AudioContext | null = null;
  private sides: GainNode[] = [];
  private frame = 0;
  private wantsToPlay = false;
  private state: EngineState;

  constructor(
    private readonly url: string,
    private readonly durationMs: number,
    private readonly quiet: Interval[],
    channels: number,
  ) {
    this.state = {
      playing: false,
      waiting: false,
      positionMs: 0,
      rate: 1,
      muted: false,
      volumes: Array.from({ length: channels }, () => 1),
      skipSilence: false,
      trouble: null,
    };
    this.audio.preload = 'none';
    this.audio.preservesPitch = true;
    this.audio.addEventListener('loadedmetadata', this.onLoaded);
    this.audio.addEventListener('playing', () => this.set({ playing: true, waiting: false, trouble: null }));
    // Listening is doing something, also when nothing is left to be loaded.
    this.audio.addEventListener('timeupdate', noteActivity);
    this.audio.addEventListener('pause', () => this.set({ playing: false, waiting: false }));
    this.audio.addEventListener('waiting', () => this.set({ waiting: true }));
    this.audio.addEventListener('ended', this.onEnded);
    this.audio.addEventListener('error', this.onError);
  }

  readonly snapshot = (): EngineState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  play() {
    if (this.state.playing) return;
    this.wantsToPlay = true;
    if (this.audio.ended || this.state.positionMs >= this.durationMs - 100) this.seek(0);
    if (!this.audio.src) {
      this.audio.src = this.url;
      this.audio.load();
    }
    this.connectSides();
    void this.context?.resume();
    this.set({ waiting: this.audio.readyState < 3, trouble: null });
    this.audio.playbackRate = this.state.rate;
    this.audio.play().catch(() => this.set({ waiting: false }));
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(this.tick);
  }

  pause() {
    this.wantsToPlay = false;
    this.audio.pause();
  }

  toggle() {
    if (this.state.playing || this.state.waiting) this.pause();
    else this.play();
  }

  seek(ms: number) {
    const positionMs = clampTime(ms, this.durationMs);
    if (this.audio.readyState >= 1) this.audio.currentTime = positionMs / 1000;
    this.set({ positionMs });
  }

  seekBy(ms: number) {
    this.seek(this.state.positionMs + ms);
  }

  /** Loads anew and goes on where it stopped. */
  retry() {
    this.audio.load();
    this.set({ trouble: null });
    this.play();
  }

  setRate(rate: number) {
    this.audio.playbackRate = rate;
    this.set({ rate });
  }

  setMuted(muted: boolean) {
    this.audio.muted = muted;
    this.set({ muted });
  }

  setSkipSilence(skipSilence: boolean) {
    this.set({ skipSilence });
  }

  setVolume(side: number, volume: number) {
    this.set({ volumes: this.state.volumes.map((old, index) => (index === side ? volume : old)) });
    this.applyVolumes();
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.wantsToPlay = false;
    this.audio.pause();
    this.audio.removeAttribute('src');
    this.audio.load();
    void this.context?.close();
    this.listeners.clear();
  }

  private set(change: Partial<EngineState>) {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  private readonly onLoaded = () => {
    this.audio.playbackRate = this.state.rate;
    const seconds = this.state.positionMs / 1000;
    if (Math.abs(this.audio.currentTime - seconds) > 0.05) this.audio.currentTime = seconds;
  };

  private readonly onEnded = () => {
    this.wantsToPlay = false;
    const known = Number.isFinite(this.durationMs);
    this.set({
      playing: false,
      waiting: false,
      positionMs: known ? this.durationMs : this.audio.currentTime * 1000,
    });
  };

  private readonly onError = () => {
    if (!this.audio.getAttribute('src')) return;
    const unplayable = this.audio.error?.code === MediaError.MEDIA_ERR_DECODE;
    this.set({ playing: false, waiting: false, trouble: unplayable ? 'unplayable' : 'network' });
  };

  private readonly tick = () => {
    if (!this.wantsToPlay) return;
    if (this.state.playing && !this.audio.seeking) {
      const positionMs = clampTime(this.audio.currentTime * 1000, this.durationMs);
      const target = this.state.skipSilence ? skipTarget(positionMs, this.quiet) : null;
      if (target !== null) this.seek(target);
      else if (Math.abs(positionMs - this.state.positionMs) > 12) this.set({ positionMs });
    }
    this.frame = requestAnimationFrame(this.tick);
  };

  /** Both sides are heard in both ears, a little apart: hard left and right tires on headphones. */
  private connectSides() {
    if (this.context || this.state.volumes.length < 2 || typeof AudioContext === 'undefined') return;
    const context = new AudioContext();
    const splitter = context.createChannelSplitter(2);
    context.createMediaElementSource(this.audio).connect(splitter);
    this.sides = [-0.45, 0.45].map((pan, side) => {
      const gain = context.createGain();
      const panner = new StereoPannerNode(context, { pan });
      splitter.connect(gain, side).connect(panner).connect(context.destination);
      return gain;
    });
    this.context = context;
    this.applyVolumes();
  }

  private applyVolumes() {
    const { context, sides } = this;
    if (context)
      sides.forEach((gain, side) =>
        gain.gain.setTargetAtTime(this.state.volumes[side] ?? 1, context.currentTime, smoothSeconds),
      );
    else this.audio.volume = Math.min(1, this.state.volumes[0] ?? 1);
  }
}
