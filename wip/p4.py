from proto import *
def N2(xs,lo,hi,a=1.,c=2.,d=2.,f=4.,q_=.975,tdf=True):
    K=len(xs); ys=[(x-lo)/(hi-lo) for x in xs]; ns=np.array([y.shape[1] for y in ys]); sh=(1/ns)/(1/ns).sum()
    m=sum(y.mean(1) for y in ys)/K
    V=0;den=0
    for y,n,q in zip(ys,ns,sh):
        mk=y.mean(1); s2=y.var(1,ddof=1) if n>1 else 0*mk
        ak=a*q; ck=c*q
        mt=(n*mk+ak)/(n+2*ak); v0=mt*(1-mt)
        e=f*(n-1)*mk*(1-mk)
        st=(e*s2+ck*v0)/(e+ck)
        v=st/n/K**2; V=V+v; den=den+v**2/(n-1+d)
    df=V**2/den; t=T.ppf(q_,df)
    N=K*K/(1/ns).sum()
    mt=(m*N+a)/(N+2*a)
    ne=np.maximum(mt*(1-mt)/V,1e-9)
    z2=t*t
    ce=(m+z2/(2*ne))/(1+z2/ne); h=np.sqrt(np.maximum(z2*(m*(1-m)/ne+z2/(4*ne**2)),0))/(1+z2/ne)
    return m, ce-h, ce+h
def oldrate(xs,lo,hi):
    K=len(xs); m=sum(x.mean(1) for x in xs)/K
    V=sum((x.var(1,ddof=1) if x.shape[1]>1 else 0)/x.shape[1] for x in xs)/K**2
    n0=K*K/sum(1/x.shape[1] for x in xs)
    b=m*(1-m)
    ne=np.where((V>0)&(b>0),np.minimum(n0,b/np.where(V>0,V,1)),n0)
    z2=1.96**2
    ce=(m+z2/(2*ne))/(1+z2/ne); h=np.sqrt(np.maximum(z2*(b/ne+z2/(4*ne**2)),0))/(1+z2/ne)
    return m, ce-h, ce+h
sets={"12x24":[24]*12,"2,100x4":[2]+[100]*4,"3,200x4":[3]+[200]*4,"1x3":[3],"2,3,8,40,20":[2,3,8,40,20],"1x5":[5],"1x10":[10],"1x20":[20],"2x5":[5,5],"4x3":[3]*4,"5x40":[40]*5,"8x400":[400]*8,"12x2":[2]*12,"12x1":[1]*12,"1x1":[1],"1x50":[50]}
S=3000
def ps(kind,K):
    if kind=="onebad": return [.3]+[.97]*(K-1)
    if kind=="allbut": return [.97]*(K-1)+[.3]
    return [float(kind)]*K
kinds=["0.5","0.7","0.9","0.95","0.97","0.99","onebad","allbut"]
for f in ():
    print(f.__name__); print(" "*14+" ".join(f"{k:>12}" for k in kinds))
    for name,sz in sets.items():
        row=[]
        for k in kinds:
            pp=ps(k,len(sz)); xs=[(rng.random((S,n))<p).astype(float) for n,p in zip(sz,pp)]
            m,l,u=f(xs,0.,1.); mu=np.mean(pp)
            row.append(f"{np.mean((l<=mu+1e-9)&(mu-1e-9<=u)):.3f}/{np.mean(u-l):.2f}")
        print(f"{name:>13} "+" ".join(f"{r:>12}" for r in row),flush=True)
